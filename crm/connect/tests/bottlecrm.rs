//! BottleCRM, which makes two calls of the same request sent twice: against an emulator, and against a real server where
//! `TIMBRE_BOTTLECRM` names its address and `TIMBRE_BOTTLECRM_TOKEN` an access token.
#![allow(clippy::unwrap_used)] // tests
#![cfg(target_os = "linux")] // the emulator needs Python by that name

mod emulated;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crm::call::Direction;
use crm::connector::{
    Connector, Directory as _, Fault, LogEntry, NewPerson, PersonField, PersonFields, RemoteKind, RemoteRef,
};
use crm::id::OutboxId;
use crm::phone::PhoneNumber;
use crm_connect::Secret;
use crm_connect::rest::{Credentials, Description, Options, Rest, SHIPPED};
use emulated::Emulator;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use url::Url;
use uuid::Uuid;

/// Between us and the server: closes the connection in place of an answer when it is told to.
struct Between {
    address: Url,
    loses: Arc<AtomicBool>,
}

impl Between {
    async fn us_and(server: &Url) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
        let (host, port) = (server.host_str().unwrap().to_owned(), server.port_or_known_default().unwrap());
        let loses = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&loses);
        tokio::spawn(async move {
            while let Ok((here, _)) = listener.accept().await {
                let there = TcpStream::connect((host.as_str(), port)).await.unwrap();
                tokio::spawn(passed_on(here, there, Arc::clone(&told)));
            }
        });
        Self { address, loses }
    }
}

/// An answer that begins to come has been done for.
async fn passed_on(here: TcpStream, there: TcpStream, loses: Arc<AtomicBool>) {
    let ((mut from_here, mut to_here), (mut from_there, mut to_there)) = (here.into_split(), there.into_split());
    let asked = tokio::spawn(async move { tokio::io::copy(&mut from_here, &mut to_there).await });
    let mut bytes = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = from_there.read(&mut bytes).await {
        if loses.swap(false, Ordering::SeqCst) || to_here.write_all(&bytes[..count]).await.is_err() {
            break;
        }
    }
    asked.abort();
}

struct Bench {
    _emulator: Option<Emulator>,
    base: Url,
    token: String,
    between: Between,
    connector: Rest,
}

fn connector(address: &Url, token: &str) -> Rest {
    let file = SHIPPED.iter().find(|(name, _)| *name == "bottlecrm").unwrap().1;
    let options = Options { address: Some(address.clone()), country: "CR".into(), ..Options::default() };
    Rest::new(Description::read(file).unwrap(), &options, Credentials::Key(Secret::new(token))).unwrap()
}

impl Bench {
    async fn new() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (emulator, base, token) = match (std::env::var("TIMBRE_BOTTLECRM"), std::env::var("TIMBRE_BOTTLECRM_TOKEN"))
        {
            (Ok(address), Ok(token)) => (None, Url::parse(&address).unwrap(), token),
            _ => {
                let emulator = Emulator::start("bottlecrm");
                let base = emulator.base.clone();
                (Some(emulator), base, format!("bcrm_pat_{}", "x".repeat(40)))
            }
        };
        let between = Between::us_and(&base).await;
        let connector = connector(&between.address, &token);
        Self { _emulator: emulator, base, token, between, connector }
    }

    /// Calls of a contact, as the server tells.
    async fn calls(&self, who: &RemoteRef) -> Vec<Value> {
        let url = self.base.join(&format!("api/interactions/?contact={}&limit=200", who.id)).unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let told: Value = http.get(url).bearer_auth(&self.token).send().await.unwrap().json().await.unwrap();
        told["interactions"].as_array().unwrap().clone()
    }
}

fn entry(id: OutboxId, who: Option<&RemoteRef>) -> LogEntry {
    LogEntry {
        id,
        subject: "Factura 27".into(),
        comment: "Pide la \"factura\"".into(),
        disposition: Some("Interesado".into()),
        direction: Direction::Incoming,
        answered: true,
        started_at_ms: 1_790_000_000_000,
        utc_offset_min: -360,
        talk_ms: 75_900,
        number: Some("+50685550117".into()),
        name: None,
        who: who.cloned(),
        ticket: None,
        further: Vec::new(),
    }
}

/// Names and numbers that no other run has: a real server keeps what was made.
fn somebody() -> (NewPerson, PhoneNumber) {
    let id = Uuid::new_v4();
    let number = PhoneNumber::parse(&format!("85{:06}", id.as_u128() % 1_000_000), "CR").unwrap();
    let name = format!("Mora{}", &id.simple().to_string()[..12]);
    let person = NewPerson {
        first_name: "Ana".into(),
        last_name: name.clone(),
        company: "Yunque".into(),
        phones: vec![number.e164().unwrap().into()],
        email: Some(format!("{name}@company.example")),
        ..NewPerson::default()
    };
    (person, number)
}

#[tokio::test]
async fn people_are_made_once_and_found() {
    let bench = Bench::new().await;
    let crm = &bench.connector;
    assert_eq!(crm.check().await.unwrap().user, "ana@company.example");
    assert_eq!(connector(&bench.base, "bcrm_pat_no").check().await, Err(Fault::SignIn));
    let (person, number) = somebody();
    assert_eq!(crm.find_created(&person).await, Ok(None));
    bench.between.loses.store(true, Ordering::SeqCst);
    assert_eq!(crm.create(&person).await, Err(Fault::Lost));
    let who = crm.find_created(&person).await.unwrap().expect("whoever was made is found");
    assert_eq!(crm.create(&person).await, Err(Fault::Duplicate { existing: Vec::new() }));
    let found = crm.find_by_number(&number).await.unwrap();
    assert_eq!((found.len(), &found[0].record, found[0].company.as_deref()), (1, &who, Some("Yunque")));
    let found = crm.find_by_text(&person.last_name, 10).await.unwrap();
    assert_eq!(found.iter().map(|one| &one.record).collect::<Vec<_>>(), [&who]);
    let nameless = NewPerson { last_name: String::new(), email: None, ..person };
    assert!(matches!(crm.create(&nameless).await, Err(Fault::Invalid { .. })));
}

#[tokio::test]
async fn a_call_whose_answer_was_lost_is_there_once() {
    let bench = Bench::new().await;
    let crm = &bench.connector;
    assert!(!crm.abilities().logs_once);
    let who = crm.create(&somebody().0).await.unwrap();
    let [lost, other] = [OutboxId(Uuid::now_v7()), OutboxId(Uuid::now_v7())];
    assert_eq!(crm.look_up(lost, Some(&who)).await, Ok(None));
    bench.between.loses.store(true, Ordering::SeqCst);
    assert_eq!(crm.log(&entry(lost, Some(&who))).await, Err(Fault::Lost));
    let there = crm.look_up(lost, Some(&who)).await.unwrap().expect("it is found by its marker");
    let calls = bench.calls(&who).await;
    assert_eq!((calls.len(), calls[0]["id"].as_str()), (1, Some(there.id.as_str())));
    for (name, value) in
        [("kind", "call"), ("direction", "inbound"), ("outcome", "connected"), ("subject", "Factura 27")]
    {
        assert_eq!(calls[0][name], value);
    }
    assert_eq!(calls[0]["duration_seconds"], 75);
    assert_eq!(calls[0]["body"], format!("Pide la \"factura\" Interesado +50685550117 [call:{}]", lost.0));
    // What the marker is for: the same call twice is two there.
    let first = crm.log(&entry(other, Some(&who))).await.unwrap();
    assert_ne!(crm.log(&entry(other, Some(&who))).await.unwrap(), first);
    assert_eq!(bench.calls(&who).await.len(), 3);
    assert!(matches!(crm.log(&entry(other, None)).await, Err(Fault::Invalid { .. })), "a call needs somebody");
    let nobody = RemoteRef { kind: RemoteKind::Contact, id: Uuid::nil().to_string() };
    assert_eq!(crm.log(&entry(other, Some(&nobody))).await, Err(Fault::NotFound));
}

#[tokio::test]
async fn somebody_is_changed_and_not_written_over() {
    let bench = Bench::new().await;
    let crm = &bench.connector;
    let (person, number) = somebody();
    let who = crm.create(&person).await.unwrap();
    let read = crm.read_person(&who).await.unwrap();
    let field = |name: PersonField| read.fields[&name].as_str();
    assert_eq!((field(PersonField::LastName), field(PersonField::Company)), (person.last_name.as_str(), "Yunque"));
    let change: PersonFields = [(PersonField::Company, "Forja".to_owned()), (PersonField::Email, String::new())].into();
    crm.update_person(&who, &change, read.version.as_deref()).await.unwrap();
    let now = crm.read_person(&who).await.unwrap();
    assert_eq!(now.fields, read.fields.clone().into_iter().chain(change.clone()).collect(), "nothing else is touched");
    assert_eq!(crm.find_by_number(&number).await.unwrap()[0].company.as_deref(), Some("Forja"));
    let late = PersonFields::from([(PersonField::Company, "Otra".to_owned())]);
    assert_eq!(crm.update_person(&who, &late, read.version.as_deref()).await, Err(Fault::Stale));
    let nameless = PersonFields::from([(PersonField::LastName, String::new())]);
    let refused = crm.update_person(&who, &nameless, now.version.as_deref()).await;
    assert!(matches!(refused, Err(Fault::Invalid { .. })), "{refused:?}");
    let nobody = RemoteRef { kind: RemoteKind::Contact, id: Uuid::nil().to_string() };
    assert_eq!(crm.read_person(&nobody).await, Err(Fault::NotFound));
}
