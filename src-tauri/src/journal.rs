//! The log: to stderr and to a file of bounded size. Personal data is hidden by the types that carry it
//! (`agent::redact`); this module only sees to it that a panic does not say more.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// When the file is larger at the start, it becomes the old one.
const LARGEST: u64 = 4 << 20;
/// What our own rooms say is written so that nobody can be recognised in it; libraries know no such rule, and only their
/// errors are kept.
const DEFAULT_LEVELS: &str = "error,timbre=info,agent=info,runtime=info,platform=info,practice=info,sip_stack=info,\
    sip_net=info,rtp=info,rtp_net=info,audio=info,audio_engine=info,crm=info,crm_store=info,crm_connect=info";

/// Begins the log in `folder/log`. What cannot be written there still goes to stderr.
pub fn begin(folder: &Path) {
    let filter = EnvFilter::try_from_env("TIMBRE_LOG").unwrap_or_else(|_| EnvFilter::new(DEFAULT_LEVELS));
    let file = open(folder).ok().map(|file| Arc::new(Mutex::new(file)));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(Both { file });
    // Only a second call could fail.
    let _ = log.try_init();
    std::panic::set_hook(Box::new(|panic| {
        // The message of a panic may quote what was being handled, a number for instance: the place is enough.
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let thread = std::thread::current();
        tracing::error!(place, thread = thread.name().unwrap_or("unnamed"), "panic");
    }));
}

fn open(folder: &Path) -> io::Result<File> {
    let path = folder.join(runtime::LOG_FILE);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    if fs::metadata(&path).is_ok_and(|facts| facts.len() > LARGEST) {
        fs::rename(&path, folder.join(runtime::OLD_LOG_FILE))?;
    }
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[derive(Clone)]
struct Both {
    file: Option<Arc<Mutex<File>>>,
}

impl Write for Both {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        // A closed stderr is no reason to lose the file, nor a full disk to lose stderr.
        let _ = io::stderr().write_all(line);
        if let Some(file) = &self.file {
            let _ = file.lock().unwrap_or_else(PoisonError::into_inner).write_all(line);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Both {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tracing_subscriber::EnvFilter;

    #[test]
    fn our_own_rooms_are_heard_and_libraries_only_when_they_fail() {
        let journal = tracing_subscriber::fmt().with_env_filter(EnvFilter::new(super::DEFAULT_LEVELS));
        tracing::subscriber::with_default(journal.with_writer(std::io::sink).finish(), || {
            assert!(tracing::enabled!(target: "sip_net::driver", tracing::Level::INFO));
            assert!(tracing::enabled!(target: "timbre::links", tracing::Level::INFO));
            assert!(!tracing::enabled!(target: "agent::desk", tracing::Level::DEBUG));
            assert!(tracing::enabled!(target: "hyper::client", tracing::Level::ERROR));
            assert!(!tracing::enabled!(target: "hyper::client", tracing::Level::WARN));
        });
    }

    #[test]
    fn a_large_log_becomes_the_old_one_and_the_new_one_is_private() {
        let folder = std::env::temp_dir().join(format!("timbre-log-{}", std::process::id()));
        let (log, old) = (folder.join(runtime::LOG_FILE), folder.join(runtime::OLD_LOG_FILE));
        fs::create_dir_all(log.parent().unwrap()).unwrap();
        fs::write(&log, vec![b'x'; super::LARGEST as usize + 1]).unwrap();
        drop(super::open(&folder).unwrap());
        assert_eq!(fs::metadata(&log).unwrap().len(), 0);
        assert_eq!(fs::metadata(&old).unwrap().len(), super::LARGEST + 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&log).unwrap().permissions().mode() & 0o777, 0o600);
        }
        fs::remove_dir_all(&folder).unwrap();
    }
}
