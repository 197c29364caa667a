//! A test certificate authority and a server certificate for one address.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::REALM;

/// Files in PEM form.
pub struct Certificates {
    /// The authority's certificate, for `tls_ca`.
    pub authority: PathBuf,
    /// The server's certificate.
    pub server: PathBuf,
    /// The server's key.
    pub key: PathBuf,
}

impl Certificates {
    /// Makes an authority and a server certificate for the test realm, `localhost` and an address in `folder`.
    pub fn make(folder: &Path, address: IpAddr) -> Result<Self> {
        let files = Self {
            authority: folder.join("ca.pem"),
            server: folder.join("server.pem"),
            key: folder.join("server.key"),
        };
        let names = folder.join("names");
        std::fs::write(
            &names,
            format!(
                "subjectAltName=DNS:{REALM},DNS:localhost,URI:sip:{REALM},IP:{address}\nbasicConstraints=CA:FALSE\n"
            ),
        )?;
        let folder_text = folder.to_str().context("folder name is UTF-8")?;
        let script = "set -e; cd \"$1\"
            openssl req -x509 -newkey rsa:2048 -nodes -days 30 -keyout ca.key -out ca.pem -subj '/CN=Test authority'
            openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj '/CN=timbre.test'
            openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile names -out server.pem";
        let output = Command::new("sh").args(["-c", script, "sh", folder_text]).output().context("openssl")?;
        ensure!(output.status.success(), "openssl: {}", String::from_utf8_lossy(&output.stderr));
        Ok(files)
    }
}
