//! Headsets with buttons: what they are, what is pressed on them, what they show.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A headset while it is plugged in; never given twice while the program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
pub struct HeadsetId(pub u32);

/// The headsets that are plugged in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Headsets {
    /// In the order in which they came.
    pub list: Vec<HeadsetView>,
    /// False where buttons of headsets cannot be followed: on this system, or in this run.
    pub followed: bool,
}

/// A headset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HeadsetView {
    /// Its id.
    pub id: HeadsetId,
    /// What it calls itself.
    pub name: String,
    /// Vendor of its USB or Bluetooth identity.
    pub vendor_id: u16,
    /// Product of that vendor.
    pub product_id: u16,
    /// Whether it can be used.
    pub state: HeadsetState,
    /// Its buttons, in the order in which its descriptor names them.
    pub buttons: Vec<ButtonView>,
    /// Its lamps, in the same order.
    pub lamps: Vec<LampView>,
    /// The base station is on another line, its desk telephone or mobile.
    pub other_line: bool,
}

/// Whether a headset can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum HeadsetState {
    /// It is open.
    Ready,
    /// The system lets us not open it.
    NoPermission,
    /// Another fault keeps it closed.
    Failed,
}

/// A button.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ButtonView {
    /// Which.
    pub button: HeadsetButton,
    /// Of programmable ones, which; from 0.
    pub number: Option<u8>,
    /// It tells a state; otherwise a press.
    pub latched: bool,
    /// As it was last heard.
    pub on: bool,
    /// How often it went on since it was plugged in.
    pub presses: u32,
}

/// Buttons of the telephony page of HID, and volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum HeadsetButton {
    /// Lifted or put down: answers, ends.
    Hook,
    /// Mutes.
    Mute,
    /// Flash: the other call, or hold.
    Flash,
    /// Holds.
    Hold,
    /// Calls the last number.
    Redial,
    /// Refuses or ends.
    Drop,
    /// Line key of a base station.
    Line,
    /// The base station is on another line.
    LineBusy,
    /// Without a meaning of its own.
    Programmable,
    /// The system acts on it.
    VolumeUp,
    /// The system acts on it.
    VolumeDown,
}

/// A lamp, or what a headset shows instead of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LampView {
    /// Which.
    pub lamp: HeadsetLamp,
    /// Whether it was told to be lit.
    pub lit: bool,
}

/// Lamps of headsets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum HeadsetLamp {
    /// In a call.
    OffHook,
    /// A call rings.
    Ring,
    /// Muted.
    Mute,
    /// A call is held.
    Hold,
    /// Microphone.
    Microphone,
    /// Speaker.
    Speaker,
    /// Connected to this machine.
    OnLine,
    /// The ringer of the device.
    Ringer,
}

/// Names a headset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HeadsetRef {
    /// Which.
    pub headset: HeadsetId,
}

/// Lights a lamp for two seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TestLamp {
    /// Of which.
    pub headset: HeadsetId,
    /// Which.
    pub lamp: HeadsetLamp,
}
