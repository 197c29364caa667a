//! Secrets in an encrypted file, for systems without a keychain.
//!
//! ```text
//! secrets.key   32 random bytes, mode 0600
//! secrets.bin   for each entry: name length (u16 LE) | name | box length (u32 LE) | nonce (12) | ChaCha20-Poly1305 box
//! ```
//! The name of an entry is bound to its box, so that boxes cannot change places.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use zeroize::Zeroizing;

use super::{Secret, SecretError};

const KEY_LEN: usize = 32;
const NONCE_LEN: usize = 12;
/// Far more than all accounts of an agent; a larger file is not ours.
const LARGEST_FILE: u64 = 1 << 20;

#[derive(Debug)]
pub struct EncryptedFile {
    folder: PathBuf,
    one_at_a_time: Mutex<()>,
}

type Boxes = BTreeMap<String, Vec<u8>>;

impl EncryptedFile {
    pub fn in_folder(folder: &Path) -> Self {
        Self { folder: folder.to_path_buf(), one_at_a_time: Mutex::new(()) }
    }

    pub fn get(&self, entry: &str) -> Result<Option<Secret>, SecretError> {
        let _turn = self.one_at_a_time.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(sealed) = self.read()?.remove(entry) else { return Ok(None) };
        let key = self.key()?.ok_or(SecretError::Broken)?;
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN).ok_or(SecretError::Broken)?;
        let open = cipher(&key)
            .decrypt(Nonce::from_slice(nonce), Payload { msg: sealed, aad: entry.as_bytes() })
            .map_err(|_| SecretError::Broken)?;
        String::from_utf8(open).map(|text| Some(Secret::new(text))).map_err(|_| SecretError::Broken)
    }

    pub fn set(&self, entry: &str, secret: &Secret) -> Result<(), SecretError> {
        let _turn = self.one_at_a_time.lock().unwrap_or_else(PoisonError::into_inner);
        let key = match self.key()? {
            Some(key) => key,
            None => self.make_key()?,
        };
        let mut sealed = vec![0; NONCE_LEN];
        random(&mut sealed)?;
        let closed = cipher(&key)
            .encrypt(Nonce::from_slice(&sealed), Payload { msg: secret.reveal().as_bytes(), aad: entry.as_bytes() })
            .map_err(|_| SecretError::Broken)?;
        sealed.extend(closed);
        let mut boxes = self.read()?;
        boxes.insert(entry.to_owned(), sealed);
        self.write(&boxes)
    }

    pub fn delete(&self, entry: &str) -> Result<(), SecretError> {
        let _turn = self.one_at_a_time.lock().unwrap_or_else(PoisonError::into_inner);
        let mut boxes = self.read()?;
        if boxes.remove(entry).is_some() {
            self.write(&boxes)?;
        }
        Ok(())
    }

    fn key(&self) -> Result<Option<Zeroizing<Vec<u8>>>, SecretError> {
        match fs::read(self.folder.join("secrets.key")) {
            Ok(key) if key.len() == KEY_LEN => Ok(Some(Zeroizing::new(key))),
            Ok(_) => Err(SecretError::Broken),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn make_key(&self) -> Result<Zeroizing<Vec<u8>>, SecretError> {
        let mut key = Zeroizing::new(vec![0; KEY_LEN]);
        random(&mut key)?;
        self.replace("secrets.key", &key)?;
        Ok(key)
    }

    fn read(&self) -> Result<Boxes, SecretError> {
        let path = self.folder.join("secrets.bin");
        match fs::metadata(&path) {
            Ok(facts) if facts.len() > LARGEST_FILE => return Err(SecretError::Broken),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Boxes::new()),
            Err(error) => return Err(error.into()),
        }
        parse(&fs::read(path)?).ok_or(SecretError::Broken)
    }

    fn write(&self, boxes: &Boxes) -> Result<(), SecretError> {
        self.replace("secrets.bin", &print(boxes))
    }

    /// Writes beside and renames, so that a loss of power leaves the old or the new, never a half.
    fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), SecretError> {
        fs::create_dir_all(&self.folder)?;
        let beside = self.folder.join(format!("{name}.new"));
        let mut file = private(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&beside, self.folder.join(name))?;
        sync_folder(&self.folder)?;
        Ok(())
    }
}

fn cipher(key: &[u8]) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new(Key::from_slice(key))
}

fn random(into: &mut [u8]) -> Result<(), SecretError> {
    getrandom::fill(into).map_err(|error| SecretError::File(io::Error::other(error.to_string())))
}

fn parse(mut bytes: &[u8]) -> Option<Boxes> {
    let mut boxes = Boxes::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk::<2>()?;
        let (name, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let (sealed, rest) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
        boxes.insert(String::from_utf8(name.to_vec()).ok()?, sealed.to_vec());
        bytes = rest;
    }
    Some(boxes)
}

fn print(boxes: &Boxes) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, sealed) in boxes {
        // Names are checked to be at most 200 bytes, and a box is as long as its secret: both lengths fit.
        bytes.extend((name.len() as u16).to_le_bytes());
        bytes.extend(name.as_bytes());
        bytes.extend((sealed.len() as u32).to_le_bytes());
        bytes.extend(sealed);
    }
    bytes
}

#[cfg(unix)]
fn private(path: &Path) -> io::Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    let _ = fs::remove_file(path);
    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn private(path: &Path) -> io::Result<fs::File> {
    // The user's own profile folder is private to the user and to administrators.
    fs::File::create(path)
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{EncryptedFile, parse};
    use crate::secret::{Secret, SecretError};

    #[test]
    fn neither_file_holds_the_secret_and_both_are_private() {
        let folder = tempfile::tempdir().unwrap();
        EncryptedFile::in_folder(folder.path()).set("account/1", &Secret::new("correct horse")).unwrap();
        for name in ["secrets.key", "secrets.bin"] {
            let path = folder.path().join(name);
            let bytes = fs::read(&path).unwrap();
            assert!(!bytes.windows(7).any(|w| w == b"correct"), "{name}");
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt;
                assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
            }
        }
    }

    #[test]
    fn every_changed_byte_and_every_cut_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let file = EncryptedFile::in_folder(folder.path());
        file.set("a", &Secret::new("secret")).unwrap();
        let path = folder.path().join("secrets.bin");
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            fs::write(&path, &changed).unwrap();
            let got = file.get("a");
            assert!(matches!(got, Err(SecretError::Broken) | Ok(None)), "byte {at}: {got:?}");
        }
        for length in 1..whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            assert!(matches!(file.get("a"), Err(SecretError::Broken)), "cut at {length}");
        }
        fs::write(&path, &whole).unwrap();
        assert_eq!(file.get("a").unwrap(), Some(Secret::new("secret")));
    }

    #[test]
    fn boxes_cannot_change_places() {
        let folder = tempfile::tempdir().unwrap();
        let file = EncryptedFile::in_folder(folder.path());
        file.set("a", &Secret::new("of a")).unwrap();
        file.set("b", &Secret::new("of b")).unwrap();
        let path = folder.path().join("secrets.bin");
        let mut boxes = parse(&fs::read(&path).unwrap()).unwrap();
        let (a, b) = (boxes["a"].clone(), boxes["b"].clone());
        boxes.insert("a".into(), b);
        boxes.insert("b".into(), a);
        fs::write(&path, super::print(&boxes)).unwrap();
        assert!(matches!(file.get("a"), Err(SecretError::Broken)));
    }
}
