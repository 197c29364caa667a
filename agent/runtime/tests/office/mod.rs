//! The whole agent at a desk: a line at the practice exchange, a browser that notes where it is sent, and all that is logged.
#![allow(dead_code, clippy::unwrap_used, reason = "each test binary uses its part")]

use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};

use agent::port::external::{External, OpenError};
use agent_api::account::{Registration, SaveAccount, Srtp, SrtpKeys, Transport};
use agent_api::call::{Answer, CallRef, CallState, CallView};
use agent_api::card::{CardState, CardView, SaveCard};
use agent_api::command::Commands;
use agent_api::connection::{Connect, ConnectPages, ConnectionState, ConnectionView, SaveConnection};
use agent_api::connection_setup::ConnectionSetup;
use agent_api::draft::Draft;
use agent_api::event::EventBody;
use agent_api::id::{CallId, ConnectionId};
use practice::Practice;
use runtime::Runtime;

use crate::house::{House, PATIENCE, config};

/// Everything that is logged.
pub fn tape() -> &'static Mutex<Vec<u8>> {
    static TAPE: OnceLock<Mutex<Vec<u8>>> = OnceLock::new();
    TAPE.get_or_init(|| {
        let _ = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(|| OnTape).try_init();
        Mutex::default()
    })
}

struct OnTape;

impl Write for OnTape {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        tape().lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A browser that notes where it is sent.
#[derive(Default)]
pub struct Browser(Mutex<Vec<String>>);

impl External for Browser {
    fn open(&self, url: &str) -> Result<(), OpenError> {
        self.0.lock().unwrap().push(url.to_owned());
        Ok(())
    }
}

impl Browser {
    pub fn last(&self) -> String {
        self.0.lock().unwrap().last().unwrap().clone()
    }

    /// The person says yes on the vendor's page, and the browser comes back.
    pub async fn agree(&self) -> String {
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let agreed = http.get(self.last()).send().await.unwrap();
        let back = agreed.headers()["location"].to_str().unwrap().to_owned();
        http.get(back).send().await.unwrap().text().await.unwrap()
    }
}

pub struct Office {
    pub house: House,
    pub browser: Arc<Browser>,
}

impl Office {
    pub async fn on(data_dir: &Path) -> Self {
        let browser = Arc::new(Browser::default());
        let mut config = config(data_dir.to_owned());
        config.external = Arc::clone(&browser) as _;
        let runtime = Runtime::start(config).await.unwrap();
        let events = runtime.agent.events();
        Self { house: House { runtime, events }, browser }
    }

    pub fn agent(&self) -> &impl Commands {
        &self.house.runtime.agent
    }

    /// A line at an exchange that takes anybody with its password.
    pub async fn line(&mut self, exchange: &Practice) {
        let line = exchange.line();
        let account = SaveAccount {
            id: None,
            label: "Ventas".into(),
            display_name: String::new(),
            user: line.user.clone(),
            domain: line.domain.clone(),
            auth_user: None,
            password: Some(line.password.reveal().to_owned()),
            transport: Transport::Udp,
            port: Some(line.address.port()),
            proxy: Some(format!("sip:{};lr", line.address)),
            srtp: Srtp::Off,
            srtp_keys: SrtpKeys::Sdes,
            rtcp_mux: false,
            ice: agent_api::account::Ice::default(),
            turn_password: None,
            dtmf: Default::default(),
            codecs: Vec::new(),
            auto_answer: false,
            voicemail: None,
            certificates: None,
            publish: None,
            profile: None,
            record: None,
            own_codes: None,
        };
        self.agent().save_account(account).await.unwrap();
        let registered = |body: &EventBody| match body {
            EventBody::Account(view) => matches!(view.registration, Registration::Registered { .. }).then_some(()),
            _ => None,
        };
        self.house.wait("registration", registered).await;
    }

    /// A connection, not signed in.
    pub async fn connection(&self, setup: ConnectionSetup, secret: Option<&str>) -> ConnectionId {
        let secret = secret.map(str::to_owned);
        let made = SaveConnection { id: None, name: String::new(), setup, secret };
        self.agent().save_connection(made).await.unwrap().id
    }

    pub async fn connection_where(&mut self, what: &str, fits: impl Fn(&ConnectionView) -> bool) -> ConnectionView {
        let found = async {
            loop {
                let list = self.house.snapshot().await.connections.list;
                if let Some(view) = list.into_iter().find(|view| fits(view)) {
                    return view;
                }
                self.house.events.recv().await.unwrap();
            }
        };
        tokio::time::timeout(PATIENCE, found).await.unwrap_or_else(|_| panic!("waited in vain for {what}"))
    }

    /// Waits until the outcomes to choose from begin with these.
    pub async fn outcomes(&mut self, names: &[&str]) {
        let offered = async {
            loop {
                let list = self.house.snapshot().await.dispositions;
                if names.iter().zip(&list).all(|(name, one)| one.name == *name) && list.len() >= names.len() {
                    return;
                }
                self.house.events.recv().await.unwrap();
            }
        };
        tokio::time::timeout(PATIENCE, offered).await.unwrap_or_else(|_| panic!("waited in vain for {names:?}"))
    }

    pub async fn nothing_to_send(&mut self) {
        let counted = async {
            while self.house.snapshot().await.counts.to_send > 0 {
                self.house.events.recv().await.unwrap();
            }
        };
        tokio::time::timeout(PATIENCE, counted).await.expect("waited in vain for an empty queue");
    }

    /// «Conectar».
    pub async fn connect(&self, connection: ConnectionId) {
        let pages = ConnectPages { done: "Listo".into(), refused: "No".into() };
        self.agent().connect(Connect { connection, pages }).await.unwrap();
    }

    pub async fn sign_in(&mut self, connection: ConnectionId) -> ConnectionView {
        self.connect(connection).await;
        self.connection_where("the open browser", |view| view.state == ConnectionState::SigningIn).await;
        assert!(self.browser.agree().await.contains("Listo"));
        self.connection_where("connected", |view| view.state == ConnectionState::Connected).await
    }

    /// The practice line's caller calls; the call as soon as it is as wished.
    pub async fn called(&mut self, exchange: &Practice, what: &str, fits: impl Fn(&CallView) -> bool) -> CallView {
        exchange.call_me().await.unwrap();
        self.house.call_in(what, fits).await
    }

    pub async fn talk(&mut self, call: CallId) {
        self.agent().answer(Answer { call }).await.unwrap();
        self.house.call_in("talking", |view| view.id == call && view.state == CallState::Talking).await;
        self.agent().hang_up(CallRef { call }).await.unwrap();
        self.house.card_where("unsaved", call, |card| card.row.state == CardState::Unsaved).await;
    }

    pub async fn saved(&mut self, call: CallId, subject: &str) -> CardView {
        let card = self.agent().card(CallRef { call }).await.unwrap();
        let dispositions = self.house.snapshot().await.dispositions;
        let interested =
            dispositions.iter().find(|one| one.builtin.as_deref() == Some("interested") || one.name == "Interesado");
        let draft = Draft {
            subject: subject.into(),
            comment: "Pide la factura\nurgente".into(),
            disposition: Some(interested.unwrap().id),
            ..card.draft
        };
        let outcome = Some("Interesado".to_owned());
        self.agent().save_card(SaveCard { call, draft, outcome }).await.unwrap()
    }
}

/// There is no token, no code of a sign-in, no key and no client secret in it.
pub fn hides_secrets(what: &str, bytes: &[u8]) {
    for secret in ["00D!", "5Aep", "aPrx", "0123456789abcdef", "whsec_"] {
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret} in {what}");
    }
}

/// No file of the folder, and nothing that was logged, has a secret in it. Answers the names of the files.
pub fn no_secret_in(folder: &Path) -> Vec<String> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(bytes) = std::fs::read(&path) {
                // The store's journal may go while it is looked at.
                hides_secrets(&path.display().to_string(), &bytes);
                files.push(path.file_name().unwrap().to_string_lossy().into_owned());
            }
        }
    }
    let log = tape().lock().unwrap();
    hides_secrets("the log", &log);
    assert!(files.len() > 1 && !log.is_empty(), "there was something to look at");
    files
}
