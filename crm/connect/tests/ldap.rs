//! A company's phone book, asked of a real OpenLDAP server in a temporary folder, with accounts and TLS of its own.
#![allow(clippy::unwrap_used)] // tests
#![cfg(target_os = "linux")] // the server is a package of the system

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crm::connector::{Directory, Fault, Identity};
use crm::phone::PhoneNumber;
use crm_connect::Secret;
use crm_connect::ldap::{Ldap, Login, Options};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;
use url::Url;

/// Generous: nothing waits for it to pass.
const LIMIT: Duration = Duration::from_secs(60);
const BASE: &str = "dc=company,dc=example";
const ANA: &str = "uid=ana,ou=people,dc=company,dc=example";
const PASSWORD: &str = "sésamo (1)";

/// Attributes of Active Directory as it compares them: character by character, unlike telephone numbers of LDAP.
const CONFIGURATION: &str = r#"
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
attributetype ( 1.3.6.1.4.1.4203.666.1.1 NAME 'otherTelephone' EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
attributetype ( 1.3.6.1.4.1.4203.666.1.2 NAME 'company' EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
objectclass ( 1.3.6.1.4.1.4203.666.2.1 NAME 'user' AUXILIARY MAY ( otherTelephone $ company ) )
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile FOLDER/pid
TLSCACertificateFile FOLDER/ca.pem
TLSCertificateFile FOLDER/server.pem
TLSCertificateKeyFile FOLDER/server.key
database mdb
suffix "dc=company,dc=example"
directory FOLDER/data
maxsize 33554432
access to attrs=userPassword by anonymous auth by * none
access to * by users read by anonymous auth
"#;

const PEOPLE: &str = r"dn: dc=company,dc=example
objectClass: dcObject
objectClass: organization
dc: company
o: Company

dn: ou=people,dc=company,dc=example
objectClass: organizationalUnit
ou: people

dn: uid=ana,ou=people,dc=company,dc=example
objectClass: inetOrgPerson
uid: ana
cn: Ana Mora
givenName: Ana
sn: Mora
mail: ana@company.example
o: Ferreteria El Yunque
telephoneNumber: +506 2222-0000
mobile: 8555-0117
userPassword: PASSWORD

dn: uid=eva,ou=people,dc=company,dc=example
objectClass: inetOrgPerson
objectClass: user
uid: eva
cn: esoto
displayName: Eva Soto (Ventas)
sn: Soto
company: Yunque
otherTelephone: (506) 8555.0118
otherTelephone: 8 555 0119

dn: uid=luis,ou=people,dc=company,dc=example
objectClass: inetOrgPerson
uid: luis
cn: Luis Vega
sn: Vega
telephoneNumber: +1 555 850-0117 8555 0

dn: uid=noone,ou=people,dc=company,dc=example
objectClass: inetOrgPerson
uid: noone
cn: Ana Sin Numero
sn: Numero
";

/// The running server; it ends with this.
struct Slapd {
    folder: TempDir,
    process: Child,
    ports: [u16; 2],
}

impl Slapd {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        certificates(at);
        std::fs::create_dir(at.join("data")).unwrap();
        std::fs::write(at.join("conf"), CONFIGURATION.replace("FOLDER", at.to_str().unwrap())).unwrap();
        std::fs::write(at.join("people.ldif"), PEOPLE.replace("PASSWORD", PASSWORD)).unwrap();
        // The clear text is the password: what is tried is what is said on the wire.
        let added =
            Command::new("/usr/sbin/slapadd").current_dir(at).args(["-f", "conf", "-l", "people.ldif"]).output();
        let added = added.expect("slapd is installed: cargo xtask test does it");
        assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
        for _ in 0..5 {
            let [plain, tls] = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
            let ports = [plain, tls].map(|port| port.local_addr().unwrap().port());
            // Somebody else may take a port meanwhile: then it ends, and others are tried.
            if let Some(process) = serve(at, ports) {
                return Self { folder, process, ports };
            }
        }
        panic!("slapd does not start: {}", std::fs::read_to_string(at.join("log")).unwrap());
    }

    /// Ends it and starts it again at the same place: open connections are gone.
    fn restart(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.process = serve(self.folder.path(), self.ports).expect("its ports are its own");
    }

    fn options(&self, scheme: &str) -> Options {
        let port = self.ports[usize::from(scheme == "ldaps")];
        Options {
            address: Url::parse(&format!("{scheme}://127.0.0.1:{port}")).unwrap(),
            plain: false,
            base: Some(BASE.into()),
            authority: Some(std::fs::read(self.folder.path().join("ca.pem")).unwrap()),
            country: "CR".into(),
        }
    }

    fn as_ana(&self, scheme: &str) -> Ldap {
        Ldap::new(self.options(scheme), Some(login(ANA, PASSWORD))).unwrap()
    }
}

impl Drop for Slapd {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn serve(at: &Path, [plain, tls]: [u16; 2]) -> Option<Child> {
    let log = std::fs::File::create(at.join("log")).unwrap();
    let urls = format!("ldap://127.0.0.1:{plain}/ ldaps://127.0.0.1:{tls}/");
    let mut command = Command::new("/usr/sbin/slapd");
    command.current_dir(at).args(["-d", "0", "-f", "conf", "-h", &urls]);
    let mut process = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap();
    let deadline = Instant::now() + LIMIT;
    while std::net::TcpStream::connect(("127.0.0.1", tls)).is_err() {
        if process.try_wait().unwrap().is_some() {
            return None;
        }
        assert!(Instant::now() < deadline, "slapd does not listen");
        std::thread::park_timeout(Duration::from_millis(20));
    }
    Some(process)
}

/// An authority, and a certificate of it for 127.0.0.1.
fn certificates(at: &Path) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(vec!["127.0.0.1".into()]).unwrap().signed_by(&key, &authority).unwrap();
    for (name, text) in [("ca.pem", authority.pem()), ("server.pem", server.pem()), ("server.key", key.serialize_pem())]
    {
        std::fs::write(at.join(name), text).unwrap();
    }
}

fn login(user: &str, password: &str) -> Login {
    Login { user: user.into(), password: Secret::new(password) }
}

async fn names(ldap: &Ldap, number: &str) -> Vec<String> {
    let number = PhoneNumber::parse(number, "CR").unwrap();
    ldap.find_by_number(&number).await.unwrap().into_iter().map(|person| person.name).collect()
}

async fn found(ldap: &Ldap, text: &str) -> Vec<String> {
    let mut names: Vec<String> =
        ldap.find_by_text(text, 10).await.unwrap().into_iter().map(|person| person.name).collect();
    names.sort();
    names
}

#[tokio::test]
async fn people_are_found_by_number_in_whatever_writing() {
    let server = Slapd::start();
    for scheme in ["ldap", "ldaps"] {
        let ldap = server.as_ana(scheme);
        let identity = Identity { user: ANA.into(), organisation: Some(BASE.into()) };
        assert_eq!(ldap.check().await, Ok(identity), "{scheme}");
        assert_eq!(names(&ldap, "85550117").await, ["Ana Mora"], "not Luis, whose digits hold it");
        assert_eq!(names(&ldap, "22220000").await, ["Ana Mora"]);
        assert_eq!(names(&ldap, "+50685550118").await, ["Eva Soto (Ventas)"]);
        assert_eq!(names(&ldap, "85550119").await, ["Eva Soto (Ventas)"]);
        assert!(names(&ldap, "85550120").await.is_empty() && names(&ldap, "231").await.is_empty());
    }
    let ana = server.as_ana("ldaps").find_by_number(&PhoneNumber::parse("85550117", "CR").unwrap()).await.unwrap();
    assert_eq!((ana[0].record.id.as_str(), ana[0].email.as_deref()), (ANA, Some("ana@company.example")));
    assert_eq!(ana[0].company.as_deref(), Some("Ferreteria El Yunque"));
    assert_eq!(ana[0].phones, ["+506 2222-0000", "8555-0117"]);
}

#[tokio::test]
async fn people_are_found_by_words() {
    let server = Slapd::start();
    // The base is what the server says.
    let options = Options { base: None, ..server.options("ldaps") };
    let ldap = Ldap::new(options, Some(login(ANA, PASSWORD))).unwrap();
    assert_eq!(found(&ldap, "yunque").await, ["Ana Mora", "Eva Soto (Ventas)"]);
    assert_eq!(found(&ldap, "mora ANA").await, ["Ana Mora"], "in any order; nobody without a number");
    assert_eq!(found(&ldap, "ana@comp").await, ["Ana Mora"]);
    assert_eq!(found(&ldap, "(Ventas)").await, ["Eva Soto (Ventas)"]);
    for nobody in ["*)(objectClass=*", "a*a", "\\2a\\2a"] {
        assert!(found(&ldap, nobody).await.is_empty(), "{nobody}");
    }
    assert_eq!(ldap.find_by_text("o", 10).await, Ok(Vec::new()));
    assert_eq!(ldap.find_by_text("company yunque", 10).await.unwrap().len(), 1);
    assert_eq!(ldap.find_by_text("yunque", 1).await.unwrap().len(), 1, "the server stops at the limit");
}

#[tokio::test]
async fn why_nobody_is_let_in_is_said() {
    let server = Slapd::start();
    let check = async |options: Options, login: Option<Login>| Ldap::new(options, login).unwrap().check().await;
    let options = || server.options("ldaps");
    assert_eq!(check(options(), Some(login(ANA, "wrong"))).await, Err(Fault::SignIn));
    assert_eq!(check(options(), Some(login("uid=nobody,dc=company,dc=example", "x"))).await, Err(Fault::SignIn));
    let invalid = check(options(), Some(login("ana", PASSWORD))).await.unwrap_err();
    assert_eq!(invalid.code(), "invalid:invalid_name");
    // Nobody in particular may see nothing here.
    assert_eq!(check(options(), None).await.unwrap_err().code(), "forbidden:no_access");
    let elsewhere = Options { base: Some("dc=other,dc=example".into()), ..options() };
    assert_eq!(check(elsewhere, Some(login(ANA, PASSWORD))).await, Err(Fault::NotFound));
}

#[tokio::test]
async fn a_server_that_nobody_vouches_for_learns_nothing() {
    let server = Slapd::start();
    for scheme in ["ldap", "ldaps"] {
        let options = Options { authority: None, ..server.options(scheme) };
        let ldap = Ldap::new(options, Some(login(ANA, PASSWORD))).unwrap();
        assert_eq!(ldap.check().await.unwrap_err().code(), "forbidden:certificate_not_trusted", "{scheme}");
        // The certificate is of 127.0.0.1, and of no name.
        let mut options = server.options(scheme);
        options.address.set_host(Some("localhost")).unwrap();
        let ldap = Ldap::new(options, Some(login(ANA, PASSWORD))).unwrap();
        assert_eq!(ldap.check().await.unwrap_err().code(), "forbidden:certificate_not_trusted", "{scheme}");
    }
    let plain = Options { plain: true, ..server.options("ldap") };
    let ldap = Ldap::new(plain, Some(login(ANA, PASSWORD))).unwrap();
    assert_eq!(names(&ldap, "85550117").await, ["Ana Mora"], "this machine needs no TLS");
}

#[tokio::test]
async fn a_connection_that_ended_is_made_anew() {
    let mut server = Slapd::start();
    let ldap = server.as_ana("ldaps");
    assert_eq!(names(&ldap, "85550117").await, ["Ana Mora"]);
    server.restart();
    assert_eq!(names(&ldap, "85550117").await, ["Ana Mora"]);
    // Two at once: each has a connection of its own.
    let both = tokio::join!(names(&ldap, "85550117"), names(&ldap, "85550118"));
    assert_eq!(both, (vec!["Ana Mora".to_owned()], vec!["Eva Soto (Ventas)".to_owned()]));
    drop(server);
    let number = PhoneNumber::parse("85550117", "CR").unwrap();
    assert_eq!(ldap.find_by_number(&number).await, Err(Fault::Unreachable));
}

#[tokio::test]
async fn a_server_that_speaks_something_else_is_not_believed() {
    use tokio::io::AsyncWriteExt as _;
    for (answer, told) in [
        (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], Fault::NotUnderstood),
        // A message of four gigabytes, one that is cut, a notice that the server goes.
        (&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff], Fault::NotUnderstood),
        (&[0x30, 0x0c, 0x02], Fault::Unreachable),
        (&[0x30, 0x0c, 2, 1, 0, 0x78, 7, 0x0a, 1, 52, 4, 0, 4, 0], Fault::Unreachable),
        // An answer to another question.
        (&[0x30, 0x0c, 2, 1, 9, 0x61, 7, 0x0a, 1, 0, 4, 0, 4, 0], Fault::NotUnderstood),
    ] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(answer).await.unwrap();
            stream.shutdown().await.unwrap();
            // Until the other side has gone: an early end could overtake the answer.
            let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
        };
        let address = Url::parse(&format!("ldap://127.0.0.1:{port}")).unwrap();
        let options = Options { address, plain: true, base: None, authority: None, country: "CR".into() };
        let ldap = Ldap::new(options, Some(login(ANA, PASSWORD))).unwrap();
        let (told_now, ()) = tokio::join!(ldap.check(), server);
        assert_eq!(told_now, Err(told), "{answer:?}");
    }
}
