//! Which devices there are.

use cpal::traits::{DeviceTrait, HostTrait};

use crate::backend::{DeviceId, DeviceInfo, Role};

/// The devices of a moment, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Catalog {
    pub inputs: Vec<DeviceInfo>,
    pub outputs: Vec<DeviceInfo>,
}

impl Catalog {
    /// Devices in the order of their names.
    pub fn sorted(mut inputs: Vec<DeviceInfo>, mut outputs: Vec<DeviceInfo>) -> Self {
        inputs.sort_by(|a, b| a.name.cmp(&b.name));
        outputs.sort_by(|a, b| a.name.cmp(&b.name));
        Self { inputs, outputs }
    }

    /// Asks a host of cpal; one that does not answer has no devices.
    pub fn of_host(host: &cpal::Host) -> Self {
        let Ok(devices) = host.devices() else { return Self::default() };
        let default_input = host.default_input_device().and_then(|d| id_of(&d));
        let default_output = host.default_output_device().and_then(|d| id_of(&d));
        let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
        for device in devices {
            let Some(id) = id_of(&device).filter(is_device) else { continue };
            let name = device.description().map_or_else(|_| id.0.clone(), |d| d.name().to_owned());
            if device.supports_input() {
                let default = Some(&id) == default_input.as_ref();
                // What a speaker plays is no microphone, unless the system says so.
                if default || !id.0.ends_with(".monitor") {
                    inputs.push(DeviceInfo { id: id.clone(), name: name.clone(), default });
                }
            }
            if device.supports_output() {
                let default = Some(&id) == default_output.as_ref();
                outputs.push(DeviceInfo { id, name, default });
            }
        }
        Self::sorted(inputs, outputs)
    }

    /// The devices that can serve a role.
    pub fn of(&self, role: Role) -> &[DeviceInfo] {
        if role == Role::Microphone { &self.inputs } else { &self.outputs }
    }

    /// The device to use: the chosen one if it is there, else the default, else any.
    pub fn pick(&self, role: Role, chosen: Option<&DeviceId>) -> Option<&DeviceInfo> {
        let devices = self.of(role);
        let wished = chosen.and_then(|id| devices.iter().find(|d| d.id == *id));
        wished.or_else(|| devices.iter().find(|d| d.default)).or_else(|| devices.first())
    }
}

/// Names in ALSA's list that are no device: converters, doors to sound servers that are not there, the void (which
/// would take sound as fast as it is given), and second names of the same card.
const ALSA_PLUGINS: [&str; 17] = [
    "null",
    "jack",
    "oss",
    "pulse",
    "upmix",
    "vdownmix",
    "speex",
    "lavrate",
    "samplerate",
    "speexrate",
    "dmix",
    "dsnoop",
    "front",
    "surround",
    "iec958",
    "usbstream",
    "a52",
];

/// Whether the id is one of a device that can be heard.
fn is_device(id: &DeviceId) -> bool {
    let Some(pcm) = id.0.strip_prefix("alsa:") else { return true };
    !ALSA_PLUGINS.iter().any(|plugin| {
        let rest = pcm.strip_prefix(plugin);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(|c: char| c == ':' || c.is_ascii_digit()))
    })
}

/// The stable id of a device.
pub(crate) fn id_of(device: &cpal::Device) -> Option<DeviceId> {
    device.id().ok().map(|id| DeviceId(id.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(id: &str, default: bool) -> DeviceInfo {
        DeviceInfo { id: DeviceId(id.to_owned()), name: id.to_owned(), default }
    }

    #[test]
    fn plugins_of_alsa_are_no_devices() {
        let is = |id: &str| is_device(&DeviceId(id.to_owned()));
        for id in ["alsa:null", "alsa:jack", "alsa:surround51:CARD=PCH,DEV=0", "alsa:dmix:CARD=PCH", "alsa:pulse"] {
            assert!(!is(id), "{id}");
        }
        let real =
            ["alsa:hw:CARD=PCH,DEV=0", "alsa:default", "alsa:sysdefault:CARD=PCH", "alsa:pulsar", "pulseaudio:null"];
        assert!(real.into_iter().all(is));
    }

    #[test]
    fn a_wish_is_met_when_its_device_is_there() {
        let catalog =
            Catalog { inputs: vec![], outputs: vec![device("a", false), device("b", true), device("c", false)] };
        let pick = |wish: Option<&str>| {
            let wish = wish.map(|id| DeviceId(id.to_owned()));
            catalog.pick(Role::Ringer, wish.as_ref()).map(|d| d.id.0.clone())
        };
        assert_eq!(pick(None).as_deref(), Some("b"));
        assert_eq!(pick(Some("c")).as_deref(), Some("c"));
        assert_eq!(pick(Some("gone")).as_deref(), Some("b"));
        assert_eq!(catalog.pick(Role::Microphone, None), None);
    }
}
