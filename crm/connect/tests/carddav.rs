//! Books of addresses: mirrored from a real Radicale, and from an emulated server that tells in parts, forgets and leads elsewhere.
#![allow(clippy::unwrap_used)] // tests
#![cfg(target_os = "linux")] // the servers need Python by that name

mod emulated;

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crm::connector::{Directory, Fault};
use crm::phone::PhoneNumber;
use crm_connect::Secret;
use crm_connect::carddav::{CardDav, Change, KeepError, Keeper, Mirror, Options, Synced};
use emulated::{Emulator, LIMIT};
use reqwest::Method;
use serde_json::json;
use tempfile::TempDir;
use url::Url;

const PASSWORD: &str = "sésamo";

/// Keeps the mirror, and refuses every step once it has taken as many as it may.
#[derive(Default)]
struct Shelf {
    mirror: Mutex<Mirror>,
    left: Mutex<Option<usize>>,
}

impl Keeper for Shelf {
    fn keep(&self, change: &Change) -> Result<(), KeepError> {
        if let Some(left) = &mut *self.left.lock().unwrap() {
            *left = left.checked_sub(1).ok_or(KeepError)?;
        }
        self.mirror.lock().unwrap().apply(change.clone());
        Ok(())
    }
}

impl Shelf {
    fn kept(&self) -> Mirror {
        self.mirror.lock().unwrap().clone()
    }
}

fn open(address: &Url, password: &str, shelf: &Arc<Shelf>) -> CardDav {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (address, password) = (address.clone(), Secret::new(password));
    let options = Options { address, user: "ana".into(), password, country: "CR".into() };
    CardDav::new(options, shelf.kept(), Arc::clone(shelf) as _).unwrap()
}

fn card(name: &str, phone: &str) -> String {
    format!(
        "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{name}\r\nFN:{name}\r\nN:{name};;;;\r\nORG:Yunque & Co\r\nTEL;TYPE=CELL:{phone}\r\nEMAIL:x@yunque.example\r\nEND:VCARD\r\n"
    )
}

async fn names(books: &CardDav, number: &str) -> Vec<String> {
    let number = PhoneNumber::parse(number, "CR").unwrap();
    books.find_by_number(&number).await.unwrap().into_iter().map(|person| person.name).collect()
}

/// The running Radicale; it ends with this.
struct Radicale {
    _folder: TempDir,
    process: Child,
    base: Url,
    http: reqwest::Client,
}

impl Radicale {
    async fn start() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("users"), format!("ana:{PASSWORD}\n")).unwrap();
        for _ in 0..5 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            // Somebody else may take the port meanwhile: then it ends, and another is tried.
            if let Some(process) = serve(&folder, port) {
                let base = Url::parse(&format!("http://127.0.0.1:{port}/")).unwrap();
                let http = reqwest::Client::builder().no_proxy().build().unwrap();
                let server = Self { _folder: folder, process, base, http };
                let book = r#"<create xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"><set><prop><resourcetype><collection/><C:addressbook/></resourcetype></prop></set></create>"#;
                server.send("MKCOL", "ana/people/", book.replace("create", "mkcol")).await;
                return server;
            }
        }
        panic!("radicale does not start");
    }

    async fn send(&self, method: &str, path: &str, body: String) {
        let url = self.base.join(path).unwrap();
        let request = self.http.request(Method::from_bytes(method.as_bytes()).unwrap(), url);
        let answer =
            request.basic_auth("ana", Some(PASSWORD)).header("content-type", "text/vcard").body(body).send().await;
        let status = answer.unwrap().status();
        assert!(status.is_success(), "{method} {path}: {status}");
    }
}

impl Drop for Radicale {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn serve(folder: &TempDir, port: u16) -> Option<Child> {
    let python = std::env::var_os("TIMBRE_PYTHON").unwrap_or_else(|| "python3".into());
    let log = std::fs::File::create(folder.path().join("log")).unwrap();
    let mut command = Command::new(python);
    command.current_dir(folder.path()).args(["-m", "radicale", "--config", ""]).args([
        "--storage-filesystem-folder=books",
        "--auth-type=htpasswd",
        "--auth-htpasswd-filename=users",
        "--auth-htpasswd-encryption=plain",
        "--auth-delay=0",
    ]);
    command.arg(format!("--server-hosts=127.0.0.1:{port}"));
    let mut process = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap();
    let deadline = Instant::now() + LIMIT;
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        if process.try_wait().unwrap().is_some() {
            return None;
        }
        assert!(Instant::now() < deadline, "radicale does not listen");
        std::thread::park_timeout(Duration::from_millis(20));
    }
    Some(process)
}

#[tokio::test]
async fn a_real_server_is_mirrored() {
    let (server, shelf) = (Radicale::start().await, Arc::new(Shelf::default()));
    server.send("PUT", "ana/people/1.vcf", card("Ana Móra", "8555-0117")).await;
    server.send("PUT", "ana/people/2.vcf", card("Recepción", "+506 2222 0000")).await;
    server.send("PUT", "ana/people/a%20b%26c.vcf", card("Eva Soto", "(506) 8555.0118")).await;
    assert_eq!(open(&server.base, "wrong", &shelf).check().await, Err(Fault::SignIn));
    let books = open(&server.base, PASSWORD, &shelf);
    let identity = books.check().await.unwrap();
    assert_eq!((identity.user.as_str(), identity.organisation.as_deref()), ("ana", Some("127.0.0.1")));
    assert_eq!(books.sync().await, Ok(Synced { read: 3, cards: 3 }));
    assert_eq!(names(&books, "85550117").await, ["Ana Móra"]);
    assert_eq!(names(&books, "+50685550118").await, ["Eva Soto"]);
    let found = books.find_by_text("yunque recepcion", 10).await.unwrap();
    assert_eq!((found[0].name.as_str(), found[0].company.as_deref()), ("Recepción", Some("Yunque & Co")));
    assert_eq!((found[0].email.as_deref(), found[0].phones.len()), (Some("x@yunque.example"), 1));
    assert_eq!(books.find_by_text("yunque", 2).await.unwrap().len(), 2);

    // One is new, one has another number, one is gone; nothing else is read.
    server.send("PUT", "ana/people/3.vcf", card("Luis Vega", "8555 0119")).await;
    server.send("PUT", "ana/people/1.vcf", card("Ana Móra", "8555 0120")).await;
    server.send("DELETE", "ana/people/2.vcf", String::new()).await;
    assert_eq!(books.sync().await, Ok(Synced { read: 2, cards: 3 }));
    assert_eq!(names(&books, "85550119").await, ["Luis Vega"]);
    assert!(names(&books, "85550117").await.is_empty() && names(&books, "22220000").await.is_empty());
    assert_eq!(books.sync().await, Ok(Synced { read: 0, cards: 3 }));

    // A book's own address, what was kept, and a token that the server does not know.
    let text = serde_json::to_string(&shelf.kept()).unwrap();
    let token = shelf.kept().books["/ana/people/"].token.clone().unwrap();
    let lost = "http://radicale.org/ns/sync/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    *shelf.mirror.lock().unwrap() = serde_json::from_str(&text.replace(&token, lost)).unwrap();
    server.send("DELETE", "ana/people/3.vcf", String::new()).await;
    let books = open(&server.base.join("ana/people/").unwrap(), PASSWORD, &shelf);
    assert_eq!(names(&books, "85550119").await, ["Luis Vega"], "without asking anybody");
    assert_eq!(books.sync().await, Ok(Synced { read: 0, cards: 2 }));
    assert!(names(&books, "85550119").await.is_empty());

    // The book is gone.
    server.send("DELETE", "ana/people/", String::new()).await;
    let books = open(&server.base, PASSWORD, &shelf);
    assert_eq!(books.sync().await, Ok(Synced { read: 0, cards: 0 }));
    drop(server);
    assert_eq!(books.sync().await, Err(Fault::Unreachable));
}

async fn filled(cards: u32) -> Emulator {
    let server = Emulator::start("carddav");
    for n in 0..cards {
        let put = json!({"name": format!("{n}.vcf"), "text": card(&format!("Persona {n}"), &format!("8555 {n:04}"))});
        server.set(json!({"put": put})).await;
    }
    server
}

#[tokio::test]
async fn a_server_that_forgets_is_asked_for_all_and_read_once() {
    let (server, shelf) = (filled(120).await, Arc::new(Shelf::default()));
    server.set(json!({"part": 50, "parts_of_a_wished_size": false})).await;
    let books = open(&server.base, PASSWORD, &shelf);
    assert_eq!(books.sync().await, Ok(Synced { read: 120, cards: 120 }));
    server.set(json!({"delete": "7.vcf"})).await;
    server.set(json!({"put": {"name": "8.vcf", "text": card("Otra", "8555 0008")}})).await;
    server.set(json!({"forget": true})).await;
    assert_eq!(books.sync().await, Ok(Synced { read: 1, cards: 119 }), "what has its mark is not read again");
    assert!(names(&books, "85550007").await.is_empty());
    assert_eq!(names(&books, "85550008").await, ["Otra"]);
    assert_eq!(names(&books, "85550119").await, ["Persona 119"]);
    server.set(json!({"has_book": false})).await;
    assert_eq!(books.sync().await, Ok(Synced::default()));
    assert!(shelf.kept().books.is_empty() && names(&books, "85550119").await.is_empty());
}

#[tokio::test]
async fn whoever_is_ended_goes_on_where_it_stood() {
    let server = filled(120).await;
    server.set(json!({"part": 50})).await;
    // Ended at each step; what was read before is not read again.
    let shelf = Arc::new(Shelf::default());
    let mut runs = 0;
    loop {
        *shelf.left.lock().unwrap() = Some(1);
        let books = open(&server.base, PASSWORD, &shelf);
        runs += 1;
        match books.sync().await {
            Err(Fault::Busy { .. }) => {}
            told => {
                assert_eq!(told.unwrap().cards, 120);
                break;
            }
        }
        assert!(runs < 50, "it never ends");
    }
    // Anew, three parts of the list, three of cards: each of the later runs does one step.
    assert!((6..=9).contains(&runs), "{runs}");
    let state = server.state().await;
    let mut read: Vec<&str> = state["read"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
    let asked = read.len();
    read.sort_unstable();
    read.dedup();
    assert_eq!(read.len(), 120);
    // A batch that was answered and not kept is asked for again; nothing else is.
    assert!(asked <= 120 + 3 * 50, "{asked}");
}

#[tokio::test]
async fn faults_leave_the_mirror_as_it_was() {
    let (server, shelf) = (filled(3).await, Arc::new(Shelf::default()));
    let books = open(&server.base, PASSWORD, &shelf);
    for fault in [
        json!({"match": "PROPFIND", "do": "answer", "status": 503}),
        json!({"match": "REPORT", "do": "drop"}),
        json!({"match": "REPORT", "do": "cut", "bytes": 200}),
        json!({"match": "REPORT", "skip": 1, "do": "cut", "bytes": 400}),
        json!({"match": "REPORT", "do": "answer", "status": 207, "body": "<html>"}),
    ] {
        server.fault(fault.clone()).await;
        assert!(books.sync().await.is_err(), "{fault}");
        assert_eq!(server.state().await["faults"], 0, "{fault}");
    }
    assert_eq!(books.sync().await, Ok(Synced { read: 3, cards: 3 }));
    let kept = shelf.kept();
    // The password goes to nobody else, whatever the server names.
    let elsewhere = Emulator::start("carddav");
    server.set(json!({"home": format!("{}dav/books/", elsewhere.base)})).await;
    assert_eq!(books.sync().await.unwrap_err().code(), "forbidden:foreign_address");
    server.fault(json!({"match": "PROPFIND /", "do": "answer", "status": 301, "headers": {"Location": elsewhere.base.as_str()}})).await;
    assert_eq!(books.sync().await.unwrap_err().code(), "forbidden:foreign_address");
    assert_eq!(elsewhere.state().await["requests"], json!([]));
    assert_eq!(shelf.kept(), kept);
}
