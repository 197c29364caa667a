//! One connection to the sound server: questions, answers, and what the server says by itself.
//!
//! The wire format is that of `pulseaudio::protocol`. Its client is not used: it offers an empty cookie where there is
//! none, which makes a PulseAudio server end the connection, and it never closes a connection again.

use std::ffi::CString;
use std::io::{Cursor, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use pulseaudio::protocol::{
    self, AuthParams, AuthReply, Command, CommandReply, Prop, Props, SetClientNameReply, TagStructReader,
};

use super::place;

/// The longest that an answer may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// The longest message that is believed, bytes: the limit of the protocol for sound.
const LONGEST: usize = protocol::MAX_MEMBLOCKQ_LENGTH;

/// Why the server cannot be used, in words for the log.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    /// No socket, or the server went.
    #[error("the sound server does not answer: {0}")]
    Gone(#[from] std::io::Error),
    /// The server said no.
    #[error("the sound server refuses: {0:?}")]
    No(protocol::PulseError),
    /// Something that cannot be understood.
    #[error("the sound server speaks another language: {0}")]
    Strange(String),
}

impl From<protocol::ProtocolError> for Refusal {
    fn from(error: protocol::ProtocolError) -> Self {
        match error {
            protocol::ProtocolError::Io(error) => Self::Gone(error),
            protocol::ProtocolError::ServerError(error) => Self::No(error),
            other => Self::Strange(other.to_string()),
        }
    }
}

/// What the server says by itself.
pub(super) enum Message<'a> {
    /// Sound of the record stream of this connection.
    Sound(&'a [u8]),
    /// The playback stream wants this many bytes more.
    Wants(usize),
    /// The stream was ended: its device went.
    Ended,
    /// Devices or defaults changed.
    Changed,
    /// What does not matter here.
    Other,
}

/// A connection that has introduced itself.
pub(super) struct Connection {
    socket: UnixStream,
    version: u16,
    sequence: u32,
    /// The last message without its header.
    body: Vec<u8>,
    outgoing: Vec<u8>,
}

impl Connection {
    /// Connects to the first server that lets us in.
    ///
    /// # Errors
    /// No server answers within two seconds, or none lets us in.
    pub fn open() -> Result<Self, Refusal> {
        let mut refusal = Refusal::Gone(std::io::ErrorKind::NotFound.into());
        for path in place::sockets() {
            match Self::open_at(&path) {
                Ok(connection) => return Ok(connection),
                Err(error) => refusal = error,
            }
        }
        Err(refusal)
    }

    fn open_at(path: &PathBuf) -> Result<Self, Refusal> {
        let socket = UnixStream::connect(path)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        socket.set_write_timeout(Some(PATIENCE))?;
        let mut connection =
            Self { socket, version: protocol::MAX_VERSION, sequence: 0, body: Vec::new(), outgoing: Vec::new() };
        let auth = AuthParams {
            version: protocol::MAX_VERSION,
            supports_shm: false,
            supports_memfd: false,
            cookie: place::cookie(),
        };
        let reply: AuthReply = connection.ask(&Command::Auth(auth))?;
        connection.version = reply.version.min(protocol::MAX_VERSION);
        let mut props = Props::new();
        props.set(Prop::ApplicationName, c"Timbre");
        if let Ok(number) = CString::new(std::process::id().to_string()) {
            props.set(Prop::ApplicationProcessId, number);
        }
        connection.ask::<SetClientNameReply>(&Command::SetClientName(props))?;
        Ok(connection)
    }

    /// From now on [`Self::next`] waits as long as it takes.
    pub fn wait_for_ever(&self) -> Result<(), Refusal> {
        Ok(self.socket.set_read_timeout(None)?)
    }

    /// A second end of the socket, to close the connection from another thread.
    pub fn closer(&self) -> Result<Closer, Refusal> {
        Ok(Closer(self.socket.try_clone()?))
    }

    /// Asks; what comes before the answer is passed over.
    pub fn ask<R: CommandReply>(&mut self, command: &Command) -> Result<R, Refusal> {
        let asked = self.send(command)?;
        loop {
            if self.receive()? != u32::MAX {
                continue;
            }
            let mut cursor = Cursor::new(self.body.as_slice());
            match Command::read_tag_prefixed(&mut cursor, self.version)? {
                (sequence, Command::Reply) if sequence == asked => {
                    return Ok(TagStructReader::new(&mut cursor, self.version).read()?);
                }
                (sequence, Command::Error(error)) if sequence == asked => return Err(Refusal::No(error)),
                _ => {}
            }
        }
    }

    /// Says something whose answer is not waited for.
    pub fn send(&mut self, command: &Command) -> Result<u32, Refusal> {
        self.sequence = self.sequence.wrapping_add(1);
        self.outgoing.clear();
        protocol::encode_command_message(&mut self.outgoing, self.sequence, command, self.version)?;
        self.socket.write_all(&self.outgoing)?;
        Ok(self.sequence)
    }

    /// Sends `sound` to a playback stream. Allocates nothing once it was called with the longest sound.
    pub fn send_sound(&mut self, channel: u32, sound: &[u8]) -> Result<(), Refusal> {
        self.outgoing.clear();
        protocol::write_memblock(&mut self.outgoing, channel, sound, 0)?;
        self.socket.write_all(&self.outgoing)?;
        Ok(())
    }

    /// The next message.
    pub fn next(&mut self) -> Result<Message<'_>, Refusal> {
        if self.receive()? != u32::MAX {
            return Ok(Message::Sound(&self.body));
        }
        let mut cursor = Cursor::new(self.body.as_slice());
        Ok(match Command::read_tag_prefixed(&mut cursor, self.version)?.1 {
            Command::Request(request) => Message::Wants(request.length as usize),
            Command::PlaybackStreamKilled(_) | Command::RecordStreamKilled(_) => Message::Ended,
            Command::SubscribeEvent(_) => Message::Changed,
            _ => Message::Other,
        })
    }

    /// Reads one message into `body`; the channel it belongs to.
    fn receive(&mut self) -> Result<u32, Refusal> {
        let mut header = [0; protocol::DESCRIPTOR_SIZE];
        self.socket.read_exact(&mut header)?;
        let header = protocol::read_descriptor(&mut header.as_slice())?;
        let length = header.length as usize;
        if length > LONGEST {
            return Err(Refusal::Strange(format!("a message of {length} bytes")));
        }
        self.body.resize(length, 0);
        self.socket.read_exact(&mut self.body)?;
        Ok(header.channel)
    }
}

/// Closes a connection, also while another thread waits on it.
pub(super) struct Closer(UnixStream);

impl Closer {
    pub fn close(&self) {
        // It fails if the server has gone before: then it is closed.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}
