//! Books of addresses: copied from a real Radicale, and from an emulated server that tells in parts, forgets and leads elsewhere.
#![allow(clippy::unwrap_used)] // tests
#![cfg(target_os = "linux")] // the servers need Python by that name

mod emulated;

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crm::connector::{COPIES_MAX, Changes, Directory, Fault, Pull};
use crm::phone::PhoneNumber;
use crm::store::memory::MemoryStore;
use crm::store::{Copies, CopyTerms};
use crm_connect::Secret;
use crm_connect::carddav::{CardDav, Options};
use emulated::{Emulator, LIMIT};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use url::Url;

const PASSWORD: &str = "sésamo";

fn open(address: &Url, password: &str) -> CardDav {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (address, password) = (address.clone(), Secret::new(password));
    CardDav::new(Options { address, user: "ana".into(), password, country: "CR".into() }).unwrap()
}

/// A store of copies.
#[derive(Default)]
struct Shelf(MemoryStore);

/// What a round brought: cards that were read, and people who are kept now.
#[derive(Debug, PartialEq, Eq)]
struct Synced {
    read: usize,
    people: u32,
}

impl Shelf {
    fn cursor(&mut self) -> Option<String> {
        self.0.copied("books").unwrap().cursor
    }

    /// One page, kept; whether it was the last one, and how many cards were read for it.
    async fn page(&mut self, books: &CardDav) -> Result<(bool, usize), Fault> {
        let cursor = self.cursor();
        let page = books.changes(cursor.as_deref()).await?;
        let terms = CopyTerms { country: "CR".into(), most: COPIES_MAX };
        self.0.take_changes("books", &page, &terms, 0).unwrap();
        Ok((page.complete, page.people.len()))
    }

    async fn sync(&mut self, books: &CardDav) -> Result<Synced, Fault> {
        let mut read = 0;
        loop {
            let (complete, people) = self.page(books).await?;
            read += people;
            if complete {
                return Ok(Synced { read, people: self.0.copied("books").unwrap().people });
            }
        }
    }

    fn put_cursor(&mut self, cursor: &Value) {
        let changes = Changes { cursor: cursor.to_string(), ..Changes::default() };
        let terms = CopyTerms { country: "CR".into(), most: COPIES_MAX };
        self.0.take_changes("books", &changes, &terms, 0).unwrap();
    }

    fn names(&mut self, number: &str) -> Vec<String> {
        let number = PhoneNumber::parse(number, "CR").unwrap();
        self.0.copies_by_number("books", &number).unwrap().into_iter().map(|person| person.name).collect()
    }
}

fn card(name: &str, phone: &str) -> String {
    format!(
        "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{name}\r\nFN:{name}\r\nN:{name};;;;\r\nORG:Yunque & Co\r\nTEL;TYPE=CELL:{phone}\r\nEMAIL:x@yunque.example\r\nEND:VCARD\r\n"
    )
}

/// The running Radicale; it ends with this.
struct Radicale {
    folder: TempDir,
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
                let server = Self { folder, process, base, http };
                let book = r#"<create xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"><set><prop><resourcetype><collection/><C:addressbook/></resourcetype></prop></set></create>"#;
                server.send("MKCOL", "ana/people/", book.replace("create", "mkcol")).await;
                return server;
            }
        }
        panic!("radicale does not start");
    }

    /// Its cache goes, and the tokens with it.
    fn forget(&self) {
        let cache = self.folder.path().join("books/collection-root/ana/people/.Radicale.cache");
        std::fs::remove_dir_all(cache).unwrap();
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
async fn a_real_server_is_copied() {
    let (server, mut shelf) = (Radicale::start().await, Shelf::default());
    server.send("PUT", "ana/people/1.vcf", card("Ana Móra", "8555-0117")).await;
    server.send("PUT", "ana/people/2.vcf", card("Recepción", "+506 2222 0000")).await;
    server.send("PUT", "ana/people/a%20b%26c.vcf", card("Eva Soto", "(506) 8555.0118")).await;
    assert_eq!(open(&server.base, "wrong").check().await, Err(Fault::SignIn));
    let books = open(&server.base, PASSWORD);
    let identity = books.check().await.unwrap();
    assert_eq!((identity.user.as_str(), identity.organisation.as_deref()), ("ana", Some("127.0.0.1")));
    let number = PhoneNumber::parse("85550117", "CR").unwrap();
    assert_eq!(books.find_by_number(&number).await, Err(Fault::NotOffered), "its people are copied");
    assert_eq!(shelf.sync(&books).await, Ok(Synced { read: 3, people: 3 }));
    assert_eq!(shelf.names("85550117"), ["Ana Móra"]);
    assert_eq!(shelf.names("+50685550118"), ["Eva Soto"]);
    let found = shelf.0.copies_by_text("books", "yunque recepcion", 10).unwrap();
    assert_eq!((found[0].name.as_str(), found[0].company.as_deref()), ("Recepción", Some("Yunque & Co")));
    assert_eq!((found[0].email.as_deref(), found[0].phones.len()), (Some("x@yunque.example"), 1));

    // One is new, one has another number, one is gone; nothing else is read.
    server.send("PUT", "ana/people/3.vcf", card("Luis Vega", "8555 0119")).await;
    server.send("PUT", "ana/people/1.vcf", card("Ana Móra", "8555 0120")).await;
    server.send("DELETE", "ana/people/2.vcf", String::new()).await;
    assert_eq!(shelf.sync(&books).await, Ok(Synced { read: 2, people: 3 }));
    assert_eq!(shelf.names("85550119"), ["Luis Vega"]);
    assert!(shelf.names("85550117").is_empty() && shelf.names("22220000").is_empty());
    assert_eq!(shelf.sync(&books).await, Ok(Synced { read: 0, people: 3 }));

    // A book's own address, and a token that the server does not know: what differs is read.
    server.send("DELETE", "ana/people/3.vcf", String::new()).await;
    server.send("PUT", "ana/people/4.vcf", card("Iris Mata", "8555 0121")).await;
    let cursor: Value = serde_json::from_str(&shelf.cursor().unwrap()).unwrap();
    let token = cursor["books"]["/ana/people/"].as_str().unwrap();
    let lost = "http://radicale.org/ns/sync/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    let lost: Value = serde_json::from_str(&shelf.cursor().unwrap().replace(token, lost)).unwrap();
    shelf.put_cursor(&lost);
    let books = open(&server.base.join("ana/people/").unwrap(), PASSWORD);
    assert_eq!(shelf.names("85550119"), ["Luis Vega"], "without asking anybody");
    assert_eq!(shelf.sync(&books).await, Ok(Synced { read: 1, people: 3 }));
    assert!(shelf.names("85550119").is_empty());
    assert_eq!((shelf.names("85550121"), shelf.names("85550120")), (vec!["Iris Mata".into()], vec!["Ana Móra".into()]));

    // It forgets all tokens, as it does when its cache goes. Somebody comes back as before, whom it had told to be gone.
    server.send("DELETE", "ana/people/4.vcf", String::new()).await;
    assert_eq!(shelf.sync(&books).await, Ok(Synced { read: 0, people: 2 }));
    server.forget();
    server.send("PUT", "ana/people/4.vcf", card("Iris Mata", "8555 0121")).await;
    server.send("PUT", "ana/people/1.vcf", card("Ana Móra", "8555 0122")).await;
    server.send("DELETE", "ana/people/a%20b%26c.vcf", String::new()).await;
    assert_eq!(shelf.sync(&books).await, Ok(Synced { read: 2, people: 2 }));
    assert_eq!((shelf.names("85550121"), shelf.names("85550122")), (vec!["Iris Mata".into()], vec!["Ana Móra".into()]));
    assert!(shelf.names("85550118").is_empty() && shelf.names("85550120").is_empty());
    // And somebody who went and came back while nobody was told.
    server.send("DELETE", "ana/people/4.vcf", String::new()).await;
    server.forget();
    assert_eq!(shelf.sync(&books).await, Ok(Synced { read: 0, people: 1 }));
    server.send("PUT", "ana/people/4.vcf", card("Iris Mata", "8555 0121")).await;
    assert_eq!(shelf.sync(&books).await, Ok(Synced { read: 1, people: 2 }));

    // A cursor of an earlier version has no etags, and one of a later version is not understood: all is read.
    for (version, read) in [(json!(null), 2), (json!(9), 2)] {
        let mut cursor: Value = serde_json::from_str(&shelf.cursor().unwrap()).unwrap();
        cursor["version"] = version.clone();
        if version.is_null() {
            let old = cursor.as_object_mut().unwrap();
            old.remove("version");
            old.remove("marks");
        }
        shelf.put_cursor(&cursor);
        server.forget();
        assert_eq!(shelf.sync(&books).await, Ok(Synced { read, people: 2 }), "{version}");
    }

    // The book is gone.
    server.send("DELETE", "ana/people/", String::new()).await;
    let books = open(&server.base, PASSWORD);
    assert_eq!(shelf.sync(&books).await, Ok(Synced { read: 0, people: 0 }));
    drop(server);
    assert_eq!(shelf.sync(&books).await, Err(Fault::Unreachable));
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
async fn of_a_server_that_forgets_what_differs_is_read() {
    let (server, mut shelf) = (filled(120).await, Shelf::default());
    server.set(json!({"part": 50, "parts_of_a_wished_size": false})).await;
    let books = open(&server.base, PASSWORD);
    assert_eq!(shelf.sync(&books).await, Ok(Synced { read: 120, people: 120 }));
    server.set(json!({"delete": "7.vcf"})).await;
    server.set(json!({"put": {"name": "8.vcf", "text": card("Otra", "8555 0008")}})).await;
    server.set(json!({"put": {"name": "9.vcf", "text": card("Sin número", "")}})).await;
    server.set(json!({"forget": true})).await;
    let before = server.state().await["read"].as_array().unwrap().len();
    assert_eq!(shelf.sync(&books).await, Ok(Synced { read: 1, people: 118 }));
    let read = server.state().await["read"].as_array().unwrap().len() - before;
    assert!((2..=3).contains(&read), "two differ; without a number one is nobody: {read}");
    assert!(shelf.names("85550007").is_empty() && shelf.names("85550009").is_empty());
    assert_eq!(shelf.names("85550008"), ["Otra"]);
    assert_eq!(shelf.names("85550119"), ["Persona 119"]);
    server.set(json!({"has_book": false})).await;
    assert_eq!(shelf.sync(&books).await, Ok(Synced { read: 0, people: 0 }));
}

/// Ended after every page, it goes on by the cursor alone; what was kept is not read again, and what changes meanwhile is.
async fn goes_on(part: u32) {
    let (server, mut shelf) = (filled(120).await, Shelf::default());
    server.set(json!({"part": part})).await;
    let (mut runs, mut complete) = (0, false);
    while !complete {
        // A page that was answered and not kept is asked for again.
        let cursor = shelf.cursor();
        let lost = open(&server.base, PASSWORD).changes(cursor.as_deref()).await.unwrap();
        complete = shelf.page(&open(&server.base, PASSWORD)).await.unwrap().0;
        assert!(lost.complete == complete && runs < 20, "it never ends");
        runs += 1;
    }
    assert_eq!(shelf.0.copied("books").unwrap().people, 120);
    let state = server.state().await;
    let read = state["read"].as_array().unwrap().len();
    assert_eq!(read, 2 * 120, "each card once for the page that was kept, once for the one that was not");

    // Changed between the parts of a list: the end of it is told later, not lost. Nothing is known of etags.
    let mut cursor: Value = serde_json::from_str(&shelf.cursor().unwrap()).unwrap();
    cursor.as_object_mut().unwrap().remove("marks");
    shelf.put_cursor(&cursor);
    server.set(json!({"forget": true})).await;
    let books = open(&server.base, PASSWORD);
    for _ in 0..3 {
        shelf.page(&books).await.unwrap();
    }
    for n in [0, 119] {
        let text = card(&format!("Cambiada {n}"), &format!("8555 {n:04}"));
        server.set(json!({"put": {"name": format!("{n}.vcf"), "text": text}})).await;
    }
    let books = open(&server.base, PASSWORD);
    shelf.sync(&books).await.unwrap();
    shelf.sync(&books).await.unwrap();
    assert_eq!(shelf.0.copied("books").unwrap().people, 120);
    assert_eq!(
        (shelf.names("85550000"), shelf.names("85550119")),
        (vec!["Cambiada 0".into()], vec!["Cambiada 119".into()])
    );
}

#[tokio::test]
async fn whoever_is_ended_goes_on_where_it_stood() {
    goes_on(1000).await;
}

#[tokio::test]
async fn whoever_is_ended_goes_on_where_it_stood_in_a_list_of_parts() {
    goes_on(50).await;
}

#[tokio::test]
async fn faults_leave_the_copy_as_it_was() {
    let (server, mut shelf) = (filled(3).await, Shelf::default());
    let books = open(&server.base, PASSWORD);
    for fault in [
        json!({"match": "PROPFIND", "do": "answer", "status": 503}),
        json!({"match": "REPORT", "do": "drop"}),
        json!({"match": "REPORT", "do": "cut", "bytes": 200}),
        json!({"match": "REPORT", "skip": 1, "do": "cut", "bytes": 400}),
        json!({"match": "REPORT", "do": "answer", "status": 207, "body": "<html>"}),
    ] {
        server.fault(fault.clone()).await;
        assert!(shelf.sync(&books).await.is_err(), "{fault}");
        assert_eq!(server.state().await["faults"], 0, "{fault}");
    }
    assert_eq!(shelf.sync(&books).await, Ok(Synced { read: 3, people: 3 }));
    let kept = shelf.cursor();
    // The password goes to nobody else, whatever the server names.
    let elsewhere = Emulator::start("carddav");
    server.set(json!({"home": format!("{}dav/books/", elsewhere.base)})).await;
    assert_eq!(shelf.sync(&books).await.unwrap_err().code(), "forbidden:foreign_address");
    server.fault(json!({"match": "PROPFIND /", "do": "answer", "status": 301, "headers": {"Location": elsewhere.base.as_str()}})).await;
    assert_eq!(shelf.sync(&books).await.unwrap_err().code(), "forbidden:foreign_address");
    assert_eq!(elsewhere.state().await["requests"], json!([]));
    assert_eq!((shelf.cursor(), shelf.0.copied("books").unwrap().people), (kept, 3));
}

/// An answer cut behind any of its bytes tells nothing, whatever was asked: the copy stays as it was, and is whole in the end.
#[tokio::test]
async fn an_answer_that_is_cut_anywhere_loses_and_doubles_nobody() {
    let (server, mut shelf) = (filled(2).await, Shelf::default());
    let books = open(&server.base, PASSWORD);
    assert_eq!(shelf.sync(&books).await, Ok(Synced { read: 2, people: 2 }));
    let asked = server.state().await["requests"].as_array().unwrap().len();
    for request in 0..asked {
        let (mut whole, mut cut, mut bytes) = (false, 0, 0);
        while !whole {
            // All is told anew, and differs.
            for n in 0..2 {
                let text = card(&format!("Persona {n}"), &format!("8555 {n:04}"));
                server.set(json!({"put": {"name": format!("{n}.vcf"), "text": text}})).await;
            }
            server.set(json!({"forget": true})).await;
            let fault = json!({"match": "(PROPFIND|REPORT|GET) ", "skip": request, "do": "cut", "bytes": bytes});
            server.fault(fault).await;
            match shelf.sync(&books).await {
                Ok(synced) => {
                    assert_eq!(synced.people, 2, "request {request}, after {bytes} bytes");
                    whole = true;
                }
                Err(fault) => {
                    assert_eq!(fault, Fault::Unreachable, "request {request}, after {bytes} bytes");
                    cut += 1;
                }
            }
            server.calm().await;
            assert_eq!(shelf.0.copied("books").unwrap().people, 2, "request {request}, after {bytes} bytes");
            // What finds the books is of many bytes; what tells people is cut behind each of them.
            bytes += if request + 2 < asked { 17 } else { 1 };
        }
        assert!(cut > 2, "request {request}: {cut} cut");
    }
    assert_eq!(
        (shelf.names("85550000"), shelf.names("85550001")),
        (vec!["Persona 0".into()], vec!["Persona 1".into()])
    );
}
