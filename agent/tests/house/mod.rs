//! An agent of a test with a store in memory; the phone and the sound are channels that the test holds.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test binary uses its part, and says by where it panics what is wrong"
)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use agent::port::clock::{RandomIds, SystemClock};
use agent::port::connect::NoConnect;
use agent::port::external::{External, OpenError};
use agent::port::headset::HeadsetPort;
use agent::port::media::{MediaCommand, MediaEvent};
use agent::port::practice::NoPractice;
use agent::port::secret::{MemorySecrets, SecretStore};
use agent::port::surroundings::Surroundings;
use agent::settings::SettingsFile;
use agent::store::StoreHandle;
use agent::{Agent, LinesFrom, Parts};
use agent_api::account::{SaveAccount, Srtp, SrtpKeys, Transport};
use agent_api::call::{CallRef, Dial, DialOrigin, DialOutcome};
use agent_api::card::{CardFilter, CardState, ListCards};
use agent_api::command::{Commands, Nothing};
use agent_api::contact::{ChannelKind, ChannelView, ContactKind, SaveContact};
use agent_api::draft::Draft;
use agent_api::error::ErrorCode;
use agent_api::event::Counts;
use agent_api::id::CallId;
use crm::store::memory::MemoryStore;
use sip_stack::ua::{self, Command, EndCause, EndedBy, Event, FlowFacts, LegId, Party};
use tempfile::TempDir;
use tokio::sync::{broadcast, mpsc};

/// Notes what is to be opened.
struct Noted(Arc<Mutex<Vec<String>>>);

impl External for Noted {
    fn open(&self, url: &str) -> Result<(), OpenError> {
        self.0.lock().unwrap().push(url.to_owned());
        Ok(())
    }
}

pub struct House {
    pub agent: Agent,
    pub phone: mpsc::UnboundedReceiver<Command>,
    pub network: mpsc::UnboundedSender<Event>,
    pub media: mpsc::UnboundedReceiver<MediaCommand>,
    pub sound: mpsc::UnboundedSender<MediaEvent>,
    pub secrets: Arc<MemorySecrets>,
    pub folder: TempDir,
}

impl House {
    /// An agent with one registered line.
    pub async fn with_line() -> Self {
        let mut house = Self::with_settings("").await.0;
        house.agent.save_account(line()).await.unwrap();
        let Command::AddAccount { account, .. } = house.command("AddAccount").await else { unreachable!() };
        let flow = FlowFacts {
            transport: ua::Transport::Udp,
            local: "127.0.0.1:5070".parse().unwrap(),
            remote: "127.0.0.1:5060".parse().unwrap(),
        };
        house.tell(Event::Registered { account, expires_s: 600, contact: String::new(), flow });
        house
    }

    /// An agent that begins with these settings, and what it opens outside.
    pub async fn with_settings(text: &str) -> (Self, Arc<Mutex<Vec<String>>>) {
        Self::over(MemoryStore::new(), text).await
    }

    /// An agent that begins with these books and settings, and what it opens outside.
    pub async fn over(books: MemoryStore, text: &str) -> (Self, Arc<Mutex<Vec<String>>>) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("settings.toml"), text).unwrap();
        let opened = Arc::new(Mutex::default());
        let (store, _thread) = StoreHandle::start(Box::new(books)).unwrap();
        let (commands, phone) = mpsc::unbounded_channel();
        let (network, phone_events) = mpsc::unbounded_channel();
        let (media_commands, media) = mpsc::unbounded_channel();
        let (sound, media_events) = mpsc::unbounded_channel();
        let secrets = Arc::new(MemorySecrets::default());
        let agent = Agent::start(Parts {
            store,
            phone: commands,
            phone_events,
            media: media_commands,
            media_events,
            headsets: HeadsetPort::none(),
            levels: broadcast::channel(4).0,
            secrets: Arc::clone(&secrets) as Arc<dyn SecretStore>,
            practice: Arc::new(NoPractice),
            recordings: Arc::new(agent::port::recordings::NoRecordings),
            recordings_in: folder.path().join("recordings"),
            external: Arc::new(Noted(Arc::clone(&opened))),
            connect: Arc::new(NoConnect),
            around: Surroundings::none(),
            utc_offset_min: |_| -360,
            clock: Arc::new(SystemClock),
            ids: Box::new(RandomIds),
            settings: SettingsFile::within(folder.path()),
            country: "CR".to_owned(),
            lines: LinesFrom::Settings,
            facts: None,
        })
        .await
        .unwrap();
        (Self { agent, phone, network, media, sound, secrets, folder }, opened)
    }

    pub fn tell(&self, event: Event) {
        self.network.send(event).unwrap();
    }

    /// The next command to the user agent whose `Debug` begins so.
    pub async fn command(&mut self, name: &str) -> Command {
        loop {
            let next = tokio::time::timeout(Duration::from_secs(10), self.phone.recv());
            let command = next.await.unwrap_or_else(|_| panic!("waited in vain for {name}")).unwrap();
            if format!("{command:?}").starts_with(name) {
                return command;
            }
        }
    }

    pub async fn open_port(&mut self) {
        loop {
            let next = tokio::time::timeout(Duration::from_secs(10), self.media.recv());
            if let MediaCommand::Prepare { call, .. } = next.await.unwrap().unwrap() {
                let local = Some("127.0.0.1:30000".parse().unwrap());
                return self.sound.send(MediaEvent::Prepared { call, local, ice: None }).unwrap();
            }
        }
    }

    /// A call out that was answered and is over.
    pub async fn talked(&mut self, number: &str) -> CallId {
        let call = self.dial(number, DialOrigin::Keypad).await;
        let DialOutcome::Started { call } = call else { panic!("{call:?}") };
        self.open_port().await;
        let Command::Invite { leg, .. } = self.command("Invite").await else { unreachable!() };
        self.tell(Event::Answered { leg });
        let (cause, by) = (EndCause::Normal, EndedBy::Remote);
        self.tell(Event::Ended { leg, cause, status: None, reason: String::new(), by });
        self.card_in(call, CardState::Unsaved).await;
        call
    }

    pub async fn missed(&mut self, from: &str) {
        let leg = LegId(1 << 63);
        let from = Party { uri: String::new(), user: from.to_owned(), host: String::new(), display_name: None };
        let local_ip = "127.0.0.1".parse().unwrap();
        let (account, to_user) = (ua::AccountId(1), String::new());
        self.tell(Event::Incoming {
            leg,
            account,
            from,
            to_user,
            called: None,
            replaces: None,
            answer_after: None,
            offer: None,
            local_ip,
        });
        self.command("Ring").await;
        let (cause, by) = (EndCause::Cancelled, EndedBy::Remote);
        self.tell(Event::Ended { leg, cause, status: Some(487), reason: String::new(), by });
    }

    pub async fn dial(&self, target: &str, origin: DialOrigin) -> DialOutcome {
        // The registration is told on another channel than the wish: the line may need a moment.
        let mut events = self.agent.events();
        loop {
            let dial = Dial { target: target.to_owned(), origin, account: None, contact: None, confirmed: false };
            match self.agent.dial(dial).await {
                Err(error) if error.code == ErrorCode::NoLine => drop(events.recv().await),
                outcome => return outcome.unwrap(),
            }
        }
    }

    /// Waits until a card has reached a state.
    pub async fn card_in(&self, call: CallId, state: CardState) {
        let mut events = self.agent.events();
        loop {
            match self.agent.card(CallRef { call }).await {
                Ok(card) if card.row.state == state => return,
                _ => drop(tokio::time::timeout(Duration::from_secs(10), events.recv()).await.unwrap()),
            }
        }
    }

    /// Waits until the one who has the number is on the card; what is written there.
    pub async fn assigned(&self, call: CallId) -> Draft {
        let mut events = self.agent.events();
        loop {
            let draft = self.agent.card(CallRef { call }).await.unwrap().draft;
            if draft.contact.is_some() {
                return draft;
            }
            drop(tokio::time::timeout(Duration::from_secs(10), events.recv()).await.unwrap());
        }
    }

    pub async fn counts_are(&self, fits: impl Fn(Counts) -> bool) {
        let mut events = self.agent.events();
        loop {
            if fits(self.agent.snapshot(Nothing {}).await.unwrap().counts) {
                return;
            }
            drop(tokio::time::timeout(Duration::from_secs(10), events.recv()).await.unwrap());
        }
    }
}

pub fn line() -> SaveAccount {
    SaveAccount {
        id: None,
        label: "Soporte".to_owned(),
        display_name: String::new(),
        user: "8330101".to_owned(),
        domain: "pbx.example".to_owned(),
        auth_user: None,
        password: Some("482916".to_owned()),
        transport: Transport::Udp,
        port: None,
        proxy: None,
        srtp: Srtp::Optional,
        srtp_keys: SrtpKeys::Sdes,
        rtcp_mux: false,
        ice: agent_api::account::Ice::default(),
        turn_password: None,
        dtmf: Default::default(),
        codecs: vec!["opus".to_owned()],
        auto_answer: false,
        voicemail: None,
        certificates: None,
        publish: None,
        profile: None,
        record: None,
        own_codes: None,
    }
}

pub fn person(name: &str, number: &str, for_call: Option<CallId>) -> SaveContact {
    let channel = ChannelView {
        id: None,
        kind: ChannelKind::Phone,
        raw: number.to_owned(),
        display: String::new(),
        e164: None,
        extension: None,
    };
    SaveContact {
        id: None,
        rev: None,
        kind: ContactKind::Contact,
        first_name: name.to_owned(),
        last_name: "Mora".to_owned(),
        company: String::new(),
        document_kind: None,
        document_number: None,
        vip: false,
        channels: vec![channel],
        addresses: Vec::new(),
        custom: None,
        further: Vec::new(),
        for_call,
    }
}

pub fn cards(filter: CardFilter) -> ListCards {
    ListCards { filter, direction: None, contact: None, text: String::new(), after: None, skip: 0, limit: 50 }
}
