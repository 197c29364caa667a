//! The practice line: a SIP peer of its own on loopback.
//!
//! With no account and no server a newcomer registers here like anywhere, calls an echo, and is called by a training
//! caller. Real packets on real sockets; nothing leaves the machine.
//!
//! ```text
//!   task  ── UDP socket ── Registrar, UserAgent ── Calls ──orders──► thread `practice` (echo, speech)
//!                                                   └────────────► thread `rtp` ◄── rings ──┘
//! ```

mod calls;
mod driver;
mod options;
mod registrar;
mod speech;
mod voice;

use std::net::{Ipv4Addr, SocketAddr};
use std::{fmt, io};

use rand::RngCore;
use rtp_net::{RtpNet, StartError};
use sip_stack::ua::{Secret, UaConfig, UserAgent};
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

pub use options::Options;

use calls::Calls;
use driver::{Ask, Driver};
use registrar::{Registrar, Subscriber, token};
use voice::VoiceThread;

/// The extension whose name stands on the echo line; any other number is answered by it too.
const ECHO: &str = "600";
/// The agent's user there.
const USER: &str = "100";
/// RFC 6761 §6.2: a name that no name server will ever know.
const DOMAIN: &str = "practice.test";

/// How to register at the practice line, and whom to call.
#[derive(Debug, Clone)]
pub struct PracticeLine {
    /// Where it listens: UDP on loopback.
    pub address: SocketAddr,
    /// Domain of the account; `address` is its proxy, because no name server knows it.
    pub domain: String,
    /// User and digest name of the account.
    pub user: String,
    /// Password of this run.
    pub password: Secret,
    /// Number that the training caller calls from.
    pub caller_number: String,
    /// Number to call for an echo; all others answer so too.
    pub echo: String,
}

/// Why there is no practice line.
#[derive(Debug, thiserror::Error)]
pub enum PracticeError {
    /// No socket on loopback, or no thread.
    #[error("the practice line did not start: {0}")]
    Io(#[from] io::Error),
    /// No media thread.
    #[error("the practice line has no media: {0}")]
    Media(#[from] StartError),
    /// The practice line runs as a task and was started outside a runtime.
    #[error("the practice line was started outside a runtime")]
    NoRuntime,
}

/// Why the training caller does not call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CallMeError {
    /// Nobody is registered.
    #[error("nobody is registered at the practice line")]
    NotRegistered,
    /// No sockets for its sound.
    #[error("the training caller has no media socket")]
    NoMedia,
    /// The practice line has ended.
    #[error("the practice line has ended")]
    Stopped,
}

/// A running practice line; dropping it ends it without a goodbye.
pub struct Practice {
    line: PracticeLine,
    asks: mpsc::UnboundedSender<Ask>,
    task: JoinHandle<()>,
}

impl Practice {
    /// Starts the line on a free port of 127.0.0.1. Call it inside a tokio runtime.
    ///
    /// # Errors
    /// No socket, no thread, or no runtime.
    pub fn start(options: Options) -> Result<Practice, PracticeError> {
        let runtime = tokio::runtime::Handle::try_current().map_err(|_| PracticeError::NoRuntime)?;
        let socket = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.set_nonblocking(true)?;
        let socket = UdpSocket::from_std(socket)?;
        let address = socket.local_addr()?;
        let mut rng = driver::generator();
        let mut seed = [0; 32];
        rng.fill_bytes(&mut seed);
        let password = Secret::new(token(&mut rng));
        let subscriber = Subscriber { domain: DOMAIN.into(), user: USER.into(), password: password.clone() };
        let line = PracticeLine {
            address,
            domain: DOMAIN.into(),
            user: USER.into(),
            password,
            caller_number: options.caller_number.clone(),
            echo: ECHO.into(),
        };
        let media = RtpNet::start()?;
        let voice = VoiceThread::start(media.waker())?;
        let (asks, inbox) = mpsc::unbounded_channel();
        let driver = Driver {
            socket,
            local: address,
            domain: DOMAIN.into(),
            inbox,
            agent: UserAgent::new(ua_config(), seed),
            registrar: Registrar::new(subscriber),
            calls: Calls::new(media, voice, options.clone()),
            rng,
            options,
            state: driver::State::default(),
        };
        Ok(Practice { line, asks, task: runtime.spawn(driver.run()) })
    }

    /// How to reach it.
    pub fn line(&self) -> &PracticeLine {
        &self.line
    }

    /// Has the training caller ring the registered agent now; returns when its INVITE is on the way.
    ///
    /// # Errors
    /// Nobody is registered, or there is no socket for its sound.
    pub async fn call_me(&self) -> Result<(), CallMeError> {
        let (reply, answer) = oneshot::channel();
        self.asks.send(Ask::CallMe(reply)).map_err(|_| CallMeError::Stopped)?;
        answer.await.unwrap_or(Err(CallMeError::Stopped))
    }

    /// Hangs up all calls and ends the line; waits for the last goodbyes, at most two seconds.
    pub async fn stop(self) {
        let (done, ended) = oneshot::channel();
        if self.asks.send(Ask::Stop(done)).is_ok() {
            // An error means that the task has ended already.
            let _ = ended.await;
        }
    }
}

impl Drop for Practice {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for Practice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Practice").field("line", &self.line.address).finish_non_exhaustive()
    }
}

fn ua_config() -> UaConfig {
    UaConfig { user_agent: concat!("Timbre practice line/", env!("CARGO_PKG_VERSION")).into(), ..UaConfig::default() }
}
