//! A file that is encrypted piece by piece, as it grows.
//!
//! ```text
//!   "TIMBREC1" | 16 random bytes | for each piece: length (u32 LE) | XChaCha20-Poly1305 box, 16 bytes longer than its content
//! ```
//! The nonce of a piece is the random bytes of the file and the number of the piece, so that pieces cannot change places. A piece that
//! was not written whole, because the program ended, is passed over; a changed one is an error.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::Arc;

use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

const MAGIC: &[u8; 8] = b"TIMBREC1";
const SALT: usize = 16;
const HEAD: u64 = (MAGIC.len() + SALT) as u64;
const TAG: u64 = 16;
/// A piece is a second of sound; a longer one is not ours.
const LONGEST: u32 = 1 << 20;

/// Gives the key where a file is opened, on a thread that may wait for it: a keychain may ask the person. The error is in words.
pub type KeySource = Arc<dyn Fn() -> Result<RecordingKey, String> + Send + Sync>;

/// The key of recordings: 32 random bytes. Wiped when dropped, never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct RecordingKey(Zeroizing<[u8; 32]>);

impl RecordingKey {
    /// The key that these bytes are.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(Key::from_slice(&*self.0))
    }
}

impl std::fmt::Debug for RecordingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecordingKey")
    }
}

fn nonce(salt: &[u8; SALT], piece: u64) -> XNonce {
    let mut nonce = XNonce::default();
    nonce[..SALT].copy_from_slice(salt);
    nonce[SALT..].copy_from_slice(&piece.to_le_bytes());
    nonce
}

fn broken(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// Appends pieces.
pub(crate) struct SealedWriter {
    file: File,
    cipher: XChaCha20Poly1305,
    salt: [u8; SALT],
    pieces: u64,
}

impl SealedWriter {
    pub fn new(mut file: File, key: &RecordingKey) -> io::Result<Self> {
        let mut salt = [0; SALT];
        getrandom::fill(&mut salt).map_err(|error| io::Error::other(error.to_string()))?;
        file.write_all(&[MAGIC.as_slice(), &salt].concat())?;
        Ok(Self { file, cipher: key.cipher(), salt, pieces: 0 })
    }

    /// One piece, written in one go.
    pub fn append(&mut self, piece: &[u8]) -> io::Result<()> {
        let sealed = self.cipher.encrypt(&nonce(&self.salt, self.pieces), piece);
        let sealed = sealed.map_err(|_| broken("cannot be sealed"))?;
        let length = u32::try_from(piece.len()).ok().filter(|length| *length <= LONGEST);
        let length = length.ok_or_else(|| broken("a piece is too long"))?;
        self.file.write_all(&[length.to_le_bytes().as_slice(), &sealed].concat())?;
        self.pieces += 1;
        Ok(())
    }

    pub fn file(&self) -> &File {
        &self.file
    }
}

/// One whole piece: where its box begins in the file, where its content in what was sealed, and how long that is.
struct Piece {
    offset: u64,
    from: u64,
    length: u32,
}

/// Reads what was sealed as if it were a file.
pub(crate) struct SealedReader {
    file: File,
    cipher: XChaCha20Poly1305,
    salt: [u8; SALT],
    pieces: Vec<Piece>,
    at: u64,
    /// The piece that was opened last, and its content.
    open: Option<(usize, Zeroizing<Vec<u8>>)>,
}

impl SealedReader {
    /// Whether a file begins as those that are sealed do; it is read from its beginning.
    pub fn knows(file: &mut File) -> io::Result<bool> {
        let mut magic = Vec::new();
        file.seek(SeekFrom::Start(0))?;
        file.take(MAGIC.len() as u64).read_to_end(&mut magic)?;
        file.seek(SeekFrom::Start(0))?;
        Ok(magic == MAGIC)
    }

    pub fn open(mut file: File, key: &RecordingKey) -> io::Result<Self> {
        let end = file.seek(SeekFrom::End(0))?;
        let mut head = [0; HEAD as usize];
        file.seek(SeekFrom::Start(0))?;
        file.read_exact(&mut head)?;
        let salt: [u8; SALT] = head[MAGIC.len()..].try_into().map_err(|_| broken("no head"))?;
        let (mut pieces, mut offset, mut from) = (Vec::new(), HEAD, 0);
        while offset + 4 <= end {
            let mut length = [0; 4];
            file.seek(SeekFrom::Start(offset))?;
            file.read_exact(&mut length)?;
            let length = u32::from_le_bytes(length);
            let next = offset + 4 + u64::from(length) + TAG;
            if next > end || length > LONGEST {
                break;
            }
            pieces.push(Piece { offset: offset + 4, from, length });
            from += u64::from(length);
            offset = next;
        }
        let mut reader = Self { file, cipher: key.cipher(), salt, pieces, at: 0, open: None };
        if !reader.pieces.is_empty() {
            reader.piece(0)?;
        }
        Ok(reader)
    }

    fn length(&self) -> u64 {
        self.pieces.last().map_or(0, |piece| piece.from + u64::from(piece.length))
    }

    fn piece(&mut self, number: usize) -> io::Result<()> {
        if self.open.as_ref().is_some_and(|(open, _)| *open == number) {
            return Ok(());
        }
        let piece = &self.pieces[number];
        let mut sealed = vec![0; piece.length as usize + TAG as usize];
        self.file.seek(SeekFrom::Start(piece.offset))?;
        self.file.read_exact(&mut sealed)?;
        let content = self.cipher.decrypt(&nonce(&self.salt, number as u64), sealed.as_slice());
        let content = content.map_err(|_| broken("another key, or changed"))?;
        self.open = Some((number, Zeroizing::new(content)));
        Ok(())
    }
}

impl Read for SealedReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.length() || out.is_empty() {
            return Ok(0);
        }
        let number = self.pieces.partition_point(|piece| piece.from + u64::from(piece.length) <= self.at);
        self.piece(number)?;
        let Some((_, content)) = &self.open else { return Ok(0) };
        let rest = &content[(self.at - self.pieces[number].from) as usize..];
        let count = rest.len().min(out.len());
        out[..count].copy_from_slice(&rest[..count]);
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for SealedReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::End(by) => self.length().checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = place.ok_or_else(|| broken("before the beginning"))?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> RecordingKey {
        RecordingKey::new([byte; 32])
    }

    fn sealed(folder: &std::path::Path) -> std::path::PathBuf {
        let path = folder.join("sealed");
        let mut writer = SealedWriter::new(File::create_new(&path).unwrap(), &key(1)).unwrap();
        for n in 0..5_u8 {
            writer.append(&vec![b'a' + n; 100 + usize::from(n)]).unwrap();
        }
        path
    }

    #[test]
    fn what_was_sealed_is_read_anywhere_and_shows_nothing_without_the_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = sealed(folder.path());
        let bytes = std::fs::read(&path).unwrap();
        assert!(!bytes.windows(8).any(|w| w == b"aaaaaaaa"));
        let mut reader = SealedReader::open(File::open(&path).unwrap(), &key(1)).unwrap();
        let mut all = Vec::new();
        reader.read_to_end(&mut all).unwrap();
        assert_eq!(all.len(), 510);
        reader.seek(SeekFrom::Start(201)).unwrap();
        let mut two = [0; 2];
        reader.read_exact(&mut two).unwrap();
        assert_eq!(&two, b"cc");
        assert_eq!(reader.seek(SeekFrom::End(-1)).unwrap(), 509);
        let other = SealedReader::open(File::open(&path).unwrap(), &key(2));
        assert_eq!(other.err().map(|error| error.kind()), Some(io::ErrorKind::InvalidData));
    }

    #[test]
    fn a_cut_file_is_read_up_to_its_last_whole_piece_and_a_changed_one_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = sealed(folder.path());
        let bytes = std::fs::read(&path).unwrap();
        let read = |bytes: &[u8]| {
            let path = folder.path().join("other");
            std::fs::write(&path, bytes).unwrap();
            let mut all = Vec::new();
            SealedReader::open(File::open(&path).unwrap(), &key(1))?.read_to_end(&mut all).map(|_| all.len())
        };
        let ends = [0, 100, 201, 303, 406, 510];
        for cut in HEAD as usize..bytes.len() {
            let whole = read(&bytes[..cut]).unwrap();
            assert!(ends.contains(&whole), "{cut}: {whole}");
        }
        for at in MAGIC.len()..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(!matches!(read(&changed), Ok(510)), "byte {at}");
        }
    }
}
