//! A real OpenLDAP server in a temporary folder, with people, accounts and TLS of its own.
#![allow(dead_code, clippy::unwrap_used, reason = "each test binary uses its part")]

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;

/// Generous: nothing waits for it to pass.
const LIMIT: Duration = Duration::from_secs(60);
pub const BASE: &str = "dc=company,dc=example";
pub const ANA: &str = "uid=ana,ou=people,dc=company,dc=example";
pub const PASSWORD: &str = "sésamo (1)";

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

dn: uid=practice,ou=people,dc=company,dc=example
objectClass: inetOrgPerson
uid: practice
cn: Sara Practicas
sn: Practicas
telephoneNumber: +1 (202) 555-0142

dn: uid=noone,ou=people,dc=company,dc=example
objectClass: inetOrgPerson
uid: noone
cn: Ana Sin Numero
sn: Numero
";

/// The running server; it ends with this.
pub struct Slapd {
    folder: TempDir,
    process: Child,
    ports: [u16; 2],
}

impl Slapd {
    pub fn start() -> Self {
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
    pub fn restart(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.process = serve(self.folder.path(), self.ports).expect("its ports are its own");
    }

    pub fn address(&self, scheme: &str) -> String {
        let port = self.ports[usize::from(scheme == "ldaps")];
        format!("{scheme}://127.0.0.1:{port}")
    }

    /// Its authority's certificate, in PEM.
    pub fn authority(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("ca.pem")).unwrap()
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
