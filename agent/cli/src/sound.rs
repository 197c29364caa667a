//! What `--mic` and `--speaker` mean.

use std::path::PathBuf;

use runtime::{Backend, DeviceId, DeviceWishes, FileSink, FileSource};

use crate::args::Sound;

/// The sound system that the options ask for; without options, the default devices.
pub fn backend(sound: &Sound) -> Backend {
    if sound.mic.is_none() && sound.speaker.is_none() {
        return Backend::Devices(DeviceWishes::default());
    }
    let mic = match sound.mic.as_deref() {
        None => FileSource::Device(None),
        Some("silence") => FileSource::Silence,
        Some(path) if is_wav(path) => FileSource::Wav(PathBuf::from(path)),
        Some(device) => FileSource::Device(Some(DeviceId(device.to_owned()))),
    };
    let speaker = match sound.speaker.as_deref() {
        None => FileSink::Device(None),
        Some("null") => FileSink::Null,
        Some(path) if is_wav(path) => FileSink::Wav(PathBuf::from(path)),
        Some(device) => FileSink::Device(Some(DeviceId(device.to_owned()))),
    };
    Backend::Files { mic, speaker }
}

fn is_wav(name: &str) -> bool {
    name.len() > 4 && name.to_ascii_lowercase().ends_with(".wav")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_devices_and_nothing_are_told_apart() {
        let sound = |mic: &str, speaker: &str| Sound {
            record: None,
            mic: Some(mic.to_owned()),
            speaker: Some(speaker.to_owned()),
            stats_interval: 5.0,
            control: false,
            ladder: false,
            headset: false,
        };
        let device = FileSource::Device(Some(DeviceId("usb".to_owned())));
        assert_eq!(backend(&sound("usb", "null")), Backend::Files { mic: device, speaker: FileSink::Null });
        assert_eq!(
            backend(&sound("silence", "b.WAV")),
            Backend::Files { mic: FileSource::Silence, speaker: FileSink::Wav("b.WAV".into()) }
        );
    }
}
