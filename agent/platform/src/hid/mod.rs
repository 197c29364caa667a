//! Headsets with buttons of telephony (HID usage page 0x0B): which are plugged in, what they report, and reports to them.
//!
//! One thread of its own does all of it, so that a device that stalls keeps nobody else waiting: neither calls nor sound know of it.
//! Only devices with telephony in their report descriptor are opened, and nothing is written to them but what is asked for.

use std::time::Instant;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "windows")]
mod windows;

/// A device while it is plugged in; never given twice while the program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceId(pub u32);

/// What a headset is. Its serial number is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Our name for it.
    pub id: DeviceId,
    /// What it calls itself; of Bluetooth headsets that may hold somebody's name.
    pub name: String,
    /// Vendor of its USB or Bluetooth identity.
    pub vendor: u16,
    /// Product of that vendor.
    pub product: u16,
    /// It is a Bluetooth device of the system's, not a base or adapter on USB.
    pub bluetooth: bool,
    /// Its report descriptor (HID 1.11 §6.2.2).
    pub descriptor: Vec<u8>,
}

/// What happens with headsets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// One was plugged in, or was there at the start, and is open.
    Plugged(Device),
    /// One is there, but the system lets us not open it. [`Told::Plugged`] follows when it does.
    Refused(Device),
    /// One is there, but another fault keeps it closed.
    Broken(Device),
    /// An input report: its id in front where reports have one.
    Report {
        /// Of which.
        device: DeviceId,
        /// When it was read.
        at: Instant,
        /// The report.
        bytes: Vec<u8>,
    },
    /// It is gone.
    Unplugged(DeviceId),
}

/// The headsets of this machine, until it is dropped.
pub trait Transport: Send + Sync {
    /// Writes an output report, its id in front, 0 where reports have none. A device that is gone takes nothing.
    fn write(&self, device: DeviceId, report: Vec<u8>);
}

/// Headsets cannot be followed here.
#[derive(Debug, thiserror::Error)]
pub enum HidError {
    /// Not known for this system.
    #[error("headset buttons are not known for this system")]
    Unsupported,
    /// The system does not let us.
    #[error("headset buttons: {0}")]
    System(#[from] std::io::Error),
}

/// Tells of every headset that is there, and of what happens with them, on a thread of its own until the transport is dropped.
///
/// # Errors
/// Headsets cannot be followed here.
pub fn follow(told: impl FnMut(Told) + Send + 'static) -> Result<Box<dyn Transport>, HidError> {
    #[cfg(target_os = "linux")]
    return Ok(Box::new(linux::Hidraw::follow(told)?));
    #[cfg(target_os = "windows")]
    return Ok(Box::new(windows::Hid::follow(told)?));
    #[cfg(not(any(target_os = "linux", target_os = "windows")))]
    {
        drop(told);
        Err(HidError::Unsupported)
    }
}

/// Whether a descriptor is of a headset: it has a button of telephony.
#[cfg(any(target_os = "linux", target_os = "windows", test))]
fn has_telephony(descriptor: &[u8]) -> bool {
    headset::Descriptor::parse(descriptor).is_ok_and(|descriptor| headset::Telephony::find(&descriptor).is_some())
}

/// Vendor and product, both of which often begin with the vendor: `Jabra Jabra Evolve 20` is `Jabra Evolve 20`.
#[cfg(any(target_os = "linux", target_os = "windows", test))]
fn shown(name: &str) -> String {
    let name = name.trim();
    let (first, rest) = name.split_once(' ').unwrap_or((name, ""));
    let rest = rest.trim_start();
    let doubled = rest.split(' ').next().is_some_and(|word| word.eq_ignore_ascii_case(first));
    if doubled { rest.to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_vendor_is_named_once() {
        assert_eq!(super::shown("Plantronics Plantronics Blackwire 3220 Series"), "Plantronics Blackwire 3220 Series");
        assert_eq!(super::shown("GN Audio A/S Jabra EVOLVE 20"), "GN Audio A/S Jabra EVOLVE 20");
        assert_eq!(super::shown(" Yealink "), "Yealink");
    }

    #[test]
    fn a_headset_with_volume_keys_alone_is_left_to_the_system() {
        // Consumer Control with Volume Increment and Decrement.
        let volume = [
            0x05, 0x0C, 0x09, 0x01, 0xA1, 0x01, 0x15, 0, 0x25, 1, 0x09, 0xE9, 0x09, 0xEA, 0x75, 1, 0x95, 2, 0x81, 2,
            0xC0,
        ];
        assert!(!super::has_telephony(&volume) && !super::has_telephony(&[0x05]));
    }
}
