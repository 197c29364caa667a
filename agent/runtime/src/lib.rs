//! Composition: the agent with its real adapters, for the shell, the command line and tests.
//!
//! ```text
//!             ┌── sip-net: task `ua-driver` ── UserAgent, sockets, DNS
//!   Agent ────┤── media:  task `media` ── rtp-net (thread `rtp`) ═rings═ audio-engine (thread `voice`)
//!             ├── crm-store: thread `store` ── SQLite
//!             ├── crm-connect: sign-ins, Salesforce, webhooks
//!             └── platform: keychain, calendar, addresses, sleep      practice: the line on loopback
//! ```

mod books;
mod changes;
mod external;
mod headsets;
mod media;
mod practice_line;
mod quality;
mod records;
mod secrets;
pub mod system;
pub mod trial;
mod ways;

pub use agent::LinesFrom;
pub use agent::port::external::External;
pub use audio_engine::{Backend, DeviceId, DeviceWishes, FileSink, FileSource};
pub use books::{Books, BooksError, Imported};
pub use external::SystemPrograms;
pub use sip_stack::ua::Secret;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use agent::fact::Fact;
use agent::port::clock::{RandomIds, SystemClock};
use agent::port::headset::HeadsetPort;
use agent::port::secret::{Entry, MemorySecrets, SecretStore};
use agent::port::surroundings::Surroundings;
use agent::settings::{Settings, SettingsFile};
use agent::store::StoreHandle;
use agent::{Agent, Parts};
use agent_api::error::{ApiError, ErrorCode};
use audio_engine::{Country, Engine, EngineError};
use crm_store::OpenError;
use rtp_net::RtpNet;
use sip_net::{SipNet, SipNetError};
use sip_stack::ua::UaConfig;
use tokio::sync::{broadcast, mpsc};

use crate::media::Media;

/// The log, within the data directory; whoever keeps one writes it there.
pub const LOG_FILE: &str = "log/timbre.log";
/// The log before it.
pub const OLD_LOG_FILE: &str = "log/timbre.old.log";

/// Everything ends within this time.
const SHUT_DOWN_LIMIT: Duration = Duration::from_millis(2000);
/// Files and the store have at least this long to end.
const FLUSH_LIMIT: Duration = Duration::from_millis(150);

/// Where passwords are.
#[derive(Clone, Debug)]
pub enum SecretsIn {
    /// The system's keychain, or an encrypted file in the data directory where there is none.
    Keychain,
    /// This process alone, which knows these from the beginning.
    Memory(Vec<(Entry, Secret)>),
}

/// How to start.
pub struct RuntimeConfig {
    /// Settings, records and secrets of one agent profile; made if absent.
    pub data_dir: PathBuf,
    /// Where sound comes from and goes to. Wishes of the settings come on top of [`Backend::Devices`].
    pub audio: Backend,
    /// Buttons of headsets are followed.
    pub headsets: bool,
    /// Which lines.
    pub lines: LinesFrom,
    /// Where passwords are.
    pub secrets: SecretsIn,
    /// The system's own programs, such as the browser.
    pub external: Arc<dyn External>,
    /// Where recordings are put where the settings name no folder; none means within the data directory.
    pub recordings: Option<PathBuf>,
    /// Where a person looks for what was saved; none saves nothing.
    pub downloads: Option<PathBuf>,
    /// [`Runtime::take_facts`] gives something.
    pub want_facts: bool,
}

impl RuntimeConfig {
    /// The window's agent on this data directory.
    pub fn desktop(data_dir: PathBuf) -> Self {
        Self {
            data_dir,
            audio: Backend::Devices(DeviceWishes::default()),
            headsets: true,
            lines: LinesFrom::Settings,
            secrets: SecretsIn::Keychain,
            external: Arc::new(SystemPrograms),
            recordings: None,
            downloads: platform::folder::downloads(),
            want_facts: false,
        }
    }
}

/// Why nothing started. Nothing was changed on disk.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// The data directory cannot be made.
    #[error("the data directory: {0}")]
    Folder(std::io::Error),
    /// The records cannot be opened.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// The sound system did not start.
    #[error(transparent)]
    Audio(#[from] EngineError),
    /// The media sockets did not start.
    #[error(transparent)]
    Media(#[from] rtp_net::StartError),
    /// Signalling did not start.
    #[error(transparent)]
    Phone(#[from] SipNetError),
    /// The agent did not start.
    #[error(transparent)]
    Agent(#[from] agent::StartError),
    /// The system gives no threads.
    #[error("the system: {0}")]
    System(String),
}

impl RuntimeError {
    /// What a window says about it.
    pub fn api_error(&self) -> ApiError {
        ApiError::new(match self {
            Self::Store(OpenError::Locked) => ErrorCode::DatabaseLocked,
            Self::Store(OpenError::Newer { .. }) => ErrorCode::DatabaseNewer,
            Self::Store(OpenError::Sealed) => ErrorCode::DatabaseSealed,
            Self::Store(OpenError::Full) => ErrorCode::DiskFull,
            Self::Store(_) | Self::Agent(_) => ErrorCode::DatabaseFailed,
            Self::Folder(error) if error.kind() == std::io::ErrorKind::StorageFull => ErrorCode::DiskFull,
            Self::Folder(_) => ErrorCode::DatabaseFailed,
            Self::Audio(_) => ErrorCode::AudioDevice,
            Self::Media(_) | Self::Phone(_) | Self::System(_) => ErrorCode::Internal,
        })
    }
}

/// A running agent. Dropping it ends everything without a word to the exchange; [`Self::shut_down`] is polite.
pub struct Runtime {
    /// The agent.
    pub agent: Agent,
    facts: Option<mpsc::UnboundedReceiver<Fact>>,
    media: tokio::task::JoinHandle<()>,
    changes: changes::Following,
    store: JoinHandle<()>,
}

impl Runtime {
    /// Starts everything. Must be called within a tokio runtime with IO and time.
    ///
    /// # Errors
    /// Whatever is missing at the start; later faults are told as events.
    pub async fn start(config: RuntimeConfig) -> Result<Self, RuntimeError> {
        install_tls();
        // It ends by itself: whoever needs a numbering plan before waits for this reading instead of beginning another.
        std::thread::spawn(crm::phone::warm_up);
        make_folder(&config.data_dir).map_err(RuntimeError::Folder)?;
        let store = records::open(&config.data_dir)?;
        let (store, store_thread) =
            StoreHandle::start(Box::new(store)).map_err(|error| RuntimeError::System(error.to_string()))?;

        let country = country_of_system();
        let around = Surroundings {
            log: vec![config.data_dir.join(OLD_LOG_FILE), config.data_dir.join(LOG_FILE)],
            downloads: config.downloads,
            home: platform::folder::home(),
            system: platform::system::description,
        };
        let settings_file = SettingsFile::within(&config.data_dir);
        let (settings, _) = settings_file.read(&country);
        let secrets: Arc<dyn SecretStore> = match config.secrets {
            SecretsIn::Memory(known) => Arc::new(MemorySecrets::knowing(known)),
            SecretsIn::Keychain => Arc::new(secrets::Kept::open(&config.data_dir)),
        };
        let (media, media_events, levels, media_task) = start_media(config.audio, &settings, Arc::clone(&secrets))?;
        let phone = SipNet::spawn(UaConfig::default())?;
        let connect = Arc::new(ways::Ways { secrets: Arc::clone(&secrets) });
        let (facts, taken) = mpsc::unbounded_channel();
        let kept_secrets = Arc::clone(&secrets);
        let agent = Agent::start(Parts {
            store,
            phone: phone.commands,
            phone_events: phone.events,
            media,
            media_events,
            headsets: if config.headsets { headsets::follow() } else { HeadsetPort::none() },
            levels,
            secrets,
            practice: Arc::new(practice_line::Line::default()),
            recordings: Arc::new(media::recording::Files(Arc::clone(&kept_secrets))),
            recordings_in: config.recordings.unwrap_or_else(|| config.data_dir.join("recordings")),
            external: config.external,
            connect,
            around,
            clock: Arc::new(SystemClock),
            utc_offset_min: platform::calendar::utc_offset_min,
            ids: Box::new(RandomIds),
            settings: settings_file,
            country,
            lines: config.lines,
            facts: config.want_facts.then_some(facts),
        })
        .await?;
        let facts = config.want_facts.then_some(taken);
        let changes = changes::Following::start(agent.clone());
        Ok(Self { agent, facts, media: media_task, changes, store: store_thread })
    }

    /// Facts since the start, once, if they were wanted.
    pub fn take_facts(&mut self) -> Option<mpsc::UnboundedReceiver<Fact>> {
        self.facts.take()
    }

    /// Ends calls and registrations politely, closes files and the store; within two seconds.
    pub async fn shut_down(self) {
        self.shut_down_by(std::time::Instant::now() + SHUT_DOWN_LIMIT).await;
    }

    /// The same, by a moment of the caller's; files and store are given a little more, because nothing may be lost.
    pub async fn shut_down_by(self, limit: std::time::Instant) {
        let Self { agent, facts, media, changes, store } = self;
        drop(facts);
        changes.stop().await;
        let limit = tokio::time::Instant::from_std(limit);
        if tokio::time::timeout_at(limit, agent.shut_down()).await.is_err() {
            tracing::warn!("the exchange did not confirm the end in time");
        }
        // The desk ends with the last handle; sound and store end after the work that the desk gave them.
        drop(agent);
        let limit = limit.max(tokio::time::Instant::now() + FLUSH_LIMIT);
        if tokio::time::timeout_at(limit, media).await.is_err() {
            tracing::warn!("sound did not end in time");
        }
        let flushed = tokio::task::spawn_blocking(move || store.join());
        if tokio::time::timeout_at(limit, flushed).await.is_err() {
            tracing::warn!("the store did not end in time");
        }
    }
}

type MediaSide = (
    mpsc::UnboundedSender<agent::port::media::MediaCommand>,
    mpsc::UnboundedReceiver<agent::port::media::MediaEvent>,
    broadcast::Sender<agent_api::media::Levels>,
    tokio::task::JoinHandle<()>,
);

fn start_media(
    backend: Backend,
    settings: &Settings,
    secrets: Arc<dyn SecretStore>,
) -> Result<MediaSide, RuntimeError> {
    let backend = match backend {
        Backend::Devices(_) => Backend::Devices(wishes(settings)),
        given => given,
    };
    let (heard, engine_events) = mpsc::unbounded_channel();
    // The engine outlives the task only while both end.
    let engine = Engine::start(backend, move |event| drop(heard.send(event)))?;
    let rtp = RtpNet::start()?;
    let (commands, inbox) = mpsc::unbounded_channel();
    let (events, told) = mpsc::unbounded_channel();
    let (levels, _) = broadcast::channel(64);
    let country = Country::of_iso(&settings.preferences.country);
    let media = Media::new(rtp, engine, events, levels.clone(), country, secrets);
    let task = tokio::spawn(media.run(inbox, engine_events));
    Ok((commands, told, levels, task))
}

fn wishes(settings: &Settings) -> DeviceWishes {
    let audio = &settings.audio;
    let device = |id: &Option<String>| id.clone().map(DeviceId);
    DeviceWishes {
        microphone: device(&audio.microphone.device),
        speaker: device(&audio.speaker.device),
        ringer: device(&audio.ringer.device),
        volume_pct: [audio.microphone.volume_pct, audio.speaker.volume_pct, audio.ringer.volume_pct],
    }
}

/// rustls with ring, once for the process; whoever was first is right.
fn install_tls() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

fn make_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// The password that a data directory's secret store keeps for an account of its settings.
pub fn kept_password(data_dir: &Path, user: &str, domain: &str) -> Option<Secret> {
    let (settings, _) = SettingsFile::within(data_dir).read(&country_of_system());
    password_of(&settings, user, domain, || secrets::Kept::open(data_dir))
}

fn password_of<S: SecretStore>(
    settings: &Settings,
    user: &str,
    domain: &str,
    secrets: impl FnOnce() -> S,
) -> Option<Secret> {
    let account = settings.accounts.iter().find(|account| account.user == user && account.domain == domain)?;
    match secrets().get(Entry::Password(account.id)) {
        Ok(password) => password,
        Err(error) => {
            tracing::warn!(%error, "the secret store does not give the password");
            None
        }
    }
}

/// The application's own data directory, if the system names one.
pub fn data_folder() -> Option<PathBuf> {
    platform::folder::data()
}

/// What a link is judged by without a running agent: the region of numbers, the accounts' own domains, and other domains
/// that `sip:` links may dial.
pub fn link_context(data_dir: &Path) -> (String, Vec<String>, Vec<String>) {
    let (settings, _) = SettingsFile::within(data_dir).read(&country_of_system());
    let own = settings.accounts.iter().map(|account| account.domain.clone()).collect();
    (settings.preferences.country, own, settings.link_domains)
}

/// The region of the machine's locale, such as `CR` of `es_CR.UTF-8`; empty if it names none. Nothing is guessed: the
/// first run asks.
fn country_of_system() -> String {
    let named = |name: &&str| std::env::var(name).ok().as_deref().and_then(region);
    ["LC_ALL", "LC_TELEPHONE", "LANG"].iter().find_map(named).unwrap_or_default()
}

fn region(locale: &str) -> Option<String> {
    let region = locale.split(['.', '@']).next()?.split('_').nth(1)?;
    crm::phone::is_country(region).then(|| region.to_owned())
}

#[cfg(test)]
mod tests {
    use agent::port::secret::{Entry, MemorySecrets, SecretStore};
    use agent::settings::{Account, Settings};
    use agent_api::id::AccountId;
    use sip_stack::ua::Secret;

    #[test]
    fn a_kept_password_is_found_by_user_and_domain() {
        let mut settings = Settings::for_country("CR");
        let accounts = [(1, "a.example"), (2, "b.example")];
        let account = |(id, domain)| Account::new(AccountId(uuid::Uuid::from_u128(id)), "100", domain);
        settings.accounts = accounts.map(account).to_vec();
        let secrets = || {
            let secrets = MemorySecrets::default();
            secrets.set(Entry::Password(settings.accounts[1].id), &Secret::new("482916")).unwrap();
            secrets
        };
        let password = |domain| super::password_of(&settings, "100", domain, secrets);
        assert_eq!(password("b.example").map(|secret| secret.reveal().to_owned()).as_deref(), Some("482916"));
        assert!(password("a.example").is_none() && password("c.example").is_none());
    }

    #[test]
    fn the_region_is_read_from_the_locale() {
        assert_eq!(super::region("es_CR.UTF-8").as_deref(), Some("CR"));
        for none in ["C.UTF-8", "", "en_XX.UTF-8", "es_419"] {
            assert_eq!(super::region(none), None, "{none}");
        }
        assert_eq!(super::region("pt_PT@euro").as_deref(), Some("PT"));
    }
}
