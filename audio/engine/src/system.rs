//! The sound system of this machine.
//!
//! Linux: the sound server where one answers (PulseAudio, or PipeWire by its door for it), else ALSA. Other systems:
//! what cpal knows.

use cpal::traits::HostTrait;

use crate::backend::{DeviceId, Role};
use crate::catalog::{Catalog, id_of};
#[cfg(target_os = "linux")]
use crate::pulse;
use crate::stream::{self, OpenStream, Port};

/// Whom to ask for devices.
pub(crate) enum System {
    #[cfg(target_os = "linux")]
    Server(pulse::List),
    Cpal(cpal::Host),
}

impl System {
    /// What is here now. `changed` is called from another thread when devices may have changed, by systems that tell.
    pub fn find(changed: impl Fn() + Send + 'static) -> Self {
        Self::server(changed).unwrap_or_else(|| Self::Cpal(cpal::default_host()))
    }

    /// The sound server, if there is one.
    #[cfg(target_os = "linux")]
    pub fn server(changed: impl Fn() + Send + 'static) -> Option<Self> {
        pulse::List::open(changed).map(Self::Server)
    }

    /// Other systems have none.
    #[cfg(not(target_os = "linux"))]
    pub fn server(_changed: impl Fn() + Send + 'static) -> Option<Self> {
        None
    }

    /// Whether it tells of changes.
    pub fn tells(&self) -> bool {
        !matches!(self, Self::Cpal(_))
    }

    /// Asks as if for the first time.
    pub fn renew(&mut self) {
        match self {
            #[cfg(target_os = "linux")]
            Self::Server(list) => list.renew(),
            Self::Cpal(_) => {}
        }
    }

    /// The devices now; none if the system does not answer any more.
    pub fn catalog(&mut self) -> Option<Catalog> {
        match self {
            #[cfg(target_os = "linux")]
            Self::Server(list) => list.read(),
            Self::Cpal(host) => Some(Catalog::of_host(host)),
        }
    }
}

/// Opens the device with this id for a role and starts it.
///
/// # Errors
/// Why it cannot be opened, in words for the log.
pub(crate) fn open(id: &DeviceId, role: Role) -> Result<(OpenStream, Port), String> {
    #[cfg(target_os = "linux")]
    if let Some(name) = id.0.strip_prefix(pulse::PREFIX) {
        return stream::open_on_server(name, role);
    }
    // Some hosts list devices once in their life: a new one sees what is there now.
    let host = cpal::default_host();
    let mut devices = host.devices().map_err(|error| error.to_string())?;
    let device = devices.find(|device| id_of(device).is_some_and(|other| other == *id)).ok_or("no such device")?;
    stream::open(&device, role)
}
