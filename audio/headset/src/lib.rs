//! Headsets by the telephony page of HID, for any model whose report descriptor tells it: no vendor's software, no list of models.
//!
//! [`descriptor`] reads which bits of which report mean what, [`telephony`] finds the buttons and lamps of telephony among them, and
//! [`machine`] joins both with calls: a report in, what the person wants and the lamps to write out. There is no device and no clock here.

pub mod descriptor;
pub mod machine;
pub mod telephony;

pub use descriptor::{Descriptor, DescriptorError};
pub use machine::{Action, Calls, Headset};
pub use telephony::{Button, Lamp, Telephony};
