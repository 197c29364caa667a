//! What every thread may read.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::AtomicU32;

use audio::level::SILENCE_DBFS;

use crate::backend::{DeviceId, Role, RoleState};
use crate::session_config::SessionId;
use crate::stats::{Levels, SessionStats};

/// What every thread may read.
pub(crate) struct Shared {
    pub sessions: Mutex<BTreeMap<SessionId, (SessionStats, Levels)>>,
    pub roles: Mutex<Vec<RoleState>>,
    /// The bits of an `f32`.
    pub microphone_dbfs: AtomicU32,
    /// Device streams that are open.
    pub open_streams: AtomicU32,
}

impl Shared {
    /// For roles with a device, and the device wished; volumes of microphone, speaker, ringer.
    pub fn new(devices: &[(Role, Option<DeviceId>)], volume_pct: [u8; 3]) -> Self {
        let volume = |role| match role {
            Role::Microphone => volume_pct[0],
            Role::Speaker => volume_pct[1],
            Role::Ringer => volume_pct[2],
        };
        let state = |(role, chosen): &(Role, Option<DeviceId>)| RoleState {
            role: *role,
            devices: Vec::new(),
            chosen: chosen.clone(),
            used: None,
            volume_pct: volume(*role),
        };
        Self {
            sessions: Mutex::default(),
            roles: Mutex::new(devices.iter().map(state).collect()),
            microphone_dbfs: AtomicU32::new(SILENCE_DBFS.to_bits()),
            open_streams: AtomicU32::new(0),
        }
    }
}
