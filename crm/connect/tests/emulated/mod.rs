//! An emulated CRM as a process of its own, and what a test may do with it.
#![allow(dead_code)] // not every test uses all of it

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crm_connect::Secret;
use crm_connect::oauth::{Pages, Provider, Session, SignIn, Vault, VaultError};
use serde_json::Value;
use url::Url;

/// Long enough for any machine; nothing waits for it to pass.
pub const LIMIT: Duration = Duration::from_secs(120);

/// The running emulator; it ends with this.
pub struct Emulator {
    process: Child,
    pub base: Url,
    http: reqwest::Client,
}

impl Emulator {
    /// Starts `tests/emulators/<name>.py`.
    pub fn start(name: &str) -> Self {
        Self::start_in(name, "python3".into())
    }

    /// The same in a Python that has the modules it needs.
    pub fn start_in(name: &str, python: OsString) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let script = folder().join(format!("{name}.py"));
        let mut command = Command::new(python);
        command.arg("-B").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("python runs");
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let base = Url::parse(line.trim()).expect("it says its address");
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { process, base, http }
    }

    async fn post(&self, path: &str, body: Value) {
        let url = self.base.join(&format!("_test/{path}")).unwrap();
        let answer = self.http.post(url).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 204, "{path}: {}", answer.text().await.unwrap());
    }

    /// Changes its settings.
    pub async fn set(&self, wishes: Value) {
        self.post("set", wishes).await;
    }

    /// What goes wrong next; see `plumbing.py`.
    pub async fn fault(&self, fault: Value) {
        self.post("fault", fault).await;
    }

    /// Nothing goes wrong any more.
    pub async fn calm(&self) {
        self.post("calm", Value::Null).await;
    }

    /// Its settings and counters.
    pub async fn state(&self) -> Value {
        let url = self.base.join("_test/state").unwrap();
        self.http.get(url).send().await.unwrap().json().await.unwrap()
    }

    /// Until it has met more than so many faults that hold or tell.
    pub async fn held_more_than(&self, held: u64) {
        let url = self.base.join(&format!("_test/held?more={held}")).unwrap();
        assert_eq!(self.http.get(url).send().await.unwrap().status(), 204);
    }

    /// Its records of a kind.
    pub async fn records(&self, object: &str) -> Vec<Value> {
        let url = self.base.join(&format!("_test/records?object={object}")).unwrap();
        self.http.get(url).send().await.unwrap().json().await.unwrap()
    }

    /// How often it was asked for something that begins so.
    pub async fn asked(&self, what: &str) -> usize {
        let state = self.state().await;
        state["requests"].as_array().unwrap().iter().filter(|one| one.as_str().unwrap().starts_with(what)).count()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Where the emulators are, for tests of this room and of those that join it to others.
pub fn folder() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let own = here.join("tests/emulators");
    if own.exists() { own } else { here.join("../../crm/connect/tests/emulators") }
}

/// A vault in memory.
#[derive(Default)]
pub struct Shelf(pub Mutex<Option<String>>);

impl Vault for Shelf {
    fn read(&self) -> Result<Option<Secret>, VaultError> {
        Ok(self.0.lock().unwrap().clone().map(Secret::new))
    }

    fn keep(&self, token: &Secret) -> Result<(), VaultError> {
        *self.0.lock().unwrap() = Some(token.reveal().to_owned());
        Ok(())
    }
}

/// Signs in as a person with a browser would.
pub async fn signed_in(provider: Provider) -> (Session, Arc<Shelf>) {
    let sign_in = SignIn::begin(provider.clone()).await.unwrap();
    let browser = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let agreed = browser.get(sign_in.url()).send().await.unwrap();
    let back = agreed.headers()["location"].to_str().unwrap().to_owned();
    let pages = Pages { done: "Listo".into(), refused: "No".into() };
    let (signed, page) = tokio::join!(sign_in.finish(pages, LIMIT), browser.get(back).send());
    assert_eq!(page.unwrap().status(), 200);
    let shelf = Arc::new(Shelf::default());
    let session = Session::begin(provider, Arc::clone(&shelf) as _, signed.unwrap().tokens).await.unwrap();
    (session, shelf)
}
