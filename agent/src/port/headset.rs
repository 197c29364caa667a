//! Headsets: which are there, what they report, and reports to them. The desk knows what these mean.

use agent_api::headset::HeadsetId;
use tokio::sync::mpsc;

/// What the desk asks of headsets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeadsetCommand {
    /// Writes an output report, its id in front, 0 where reports have none. A headset that is gone takes nothing.
    Write {
        /// To which.
        headset: HeadsetId,
        /// The report.
        report: Vec<u8>,
    },
}

/// What is told of headsets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeadsetEvent {
    /// They are followed from now on: what there is follows.
    Followed,
    /// One is there.
    Plugged {
        /// What it is.
        headset: Plugged,
        /// Whether it is open.
        access: Access,
    },
    /// An input report: its id in front where reports have one.
    Report {
        /// Of which.
        headset: HeadsetId,
        /// The report.
        report: Vec<u8>,
    },
    /// It is gone.
    Unplugged(HeadsetId),
}

/// What a headset is. Nothing here says whose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plugged {
    /// Never given twice while the program runs.
    pub id: HeadsetId,
    /// What it calls itself.
    pub name: String,
    /// Vendor of its USB or Bluetooth identity.
    pub vendor: u16,
    /// Product of that vendor.
    pub product: u16,
    /// Its name may be one that a person gave it.
    pub bluetooth: bool,
    /// Its report descriptor (HID 1.11 §6.2.2).
    pub descriptor: Vec<u8>,
}

/// Whether a headset is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// It is.
    Open,
    /// The system lets us not.
    Refused,
    /// Another fault.
    Broken,
}

/// Both ways to headsets.
#[derive(Debug)]
pub struct HeadsetPort {
    /// To them.
    pub commands: mpsc::UnboundedSender<HeadsetCommand>,
    /// From them.
    pub events: mpsc::UnboundedReceiver<HeadsetEvent>,
}

impl HeadsetPort {
    /// Without any: commands go nowhere.
    pub fn none() -> Self {
        let (commands, _) = mpsc::unbounded_channel();
        let (_, events) = mpsc::unbounded_channel();
        Self { commands, events }
    }
}
