//! Joins the headsets of the machine with the desk.

use agent::port::headset::{Access, HeadsetCommand, HeadsetEvent, HeadsetPort, Plugged};
use agent_api::headset::HeadsetId;
use platform::hid::{self, Device, DeviceId, Told};
use tokio::sync::mpsc;

/// Begins to follow them. Where that is not possible the desk hears of none, and everything else goes on. It ends with the desk.
pub(crate) fn follow() -> HeadsetPort {
    let (tell, events) = mpsc::unbounded_channel();
    let (commands, mut asked) = mpsc::unbounded_channel();
    let told = tell.clone();
    let _ = tell.send(HeadsetEvent::Followed);
    match hid::follow(move |what| drop(told.send(event(what)))) {
        Ok(transport) => {
            tokio::spawn(async move {
                while let Some(HeadsetCommand::Write { headset, report }) = asked.recv().await {
                    transport.write(DeviceId(headset.0), report);
                }
                // Its thread is waited for when it is dropped.
                drop(tokio::task::spawn_blocking(move || drop(transport)));
            });
        }
        Err(error) => {
            tracing::info!(%error, "headsets are not followed");
            return HeadsetPort::none();
        }
    }
    HeadsetPort { commands, events }
}

fn event(told: Told) -> HeadsetEvent {
    let plugged = |device: Device, access| HeadsetEvent::Plugged { headset: plugged(device), access };
    match told {
        Told::Plugged(device) => plugged(device, Access::Open),
        Told::Refused(device) => plugged(device, Access::Refused),
        Told::Broken(device) => plugged(device, Access::Broken),
        Told::Report { device, bytes, .. } => HeadsetEvent::Report { headset: HeadsetId(device.0), report: bytes },
        Told::Unplugged(device) => HeadsetEvent::Unplugged(HeadsetId(device.0)),
    }
}

fn plugged(device: Device) -> Plugged {
    let Device { id, name, vendor, product, bluetooth, descriptor } = device;
    Plugged { id: HeadsetId(id.0), name, vendor, product, bluetooth, descriptor }
}
