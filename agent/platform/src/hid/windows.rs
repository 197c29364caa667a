//! hidapi, in its version without C: Windows has a device for each collection, so that of telephony is opened and nothing else.
//!
//! It tells of no plug and no pull: the list is read once a second. *Type-checked only*: nobody has pressed a button on Windows yet.

use std::collections::BTreeMap;
use std::ffi::CString;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use hidapi::{BusType, DeviceInfo, HidApi, HidDevice};

use super::{Device, DeviceId, HidError, Told, Transport, has_telephony, shown};

/// How often the list is read.
const LOOK: Duration = Duration::from_secs(1);
/// How long a read waits, ms: its thread ends that much later than its device.
const READ_MS: i32 = 500;
/// Telephony Devices.
const TELEPHONY_PAGE: u16 = 0x0B;
const REPORT_MAX: usize = 4096;

/// What comes to the thread.
enum Message {
    Write(DeviceId, Vec<u8>),
    Read(DeviceId, Instant, Vec<u8>),
    Ended(DeviceId),
    Stop,
}

/// Headsets by hidapi.
pub struct Hid {
    inbox: Sender<Message>,
    thread: Option<JoinHandle<()>>,
}

impl Hid {
    /// Begins.
    pub fn follow(told: impl FnMut(Told) + Send + 'static) -> Result<Self, HidError> {
        let (inbox, messages) = channel();
        let back = inbox.clone();
        let work = move || {
            let mut watch = match HidApi::new() {
                Ok(api) => Watch { told, api, back, open: BTreeMap::new(), last: 0 },
                Err(error) => return tracing::warn!(%error, "headsets are not followed"),
            };
            watch.look();
            let mut due = Instant::now() + LOOK;
            loop {
                match messages.recv_timeout(due.saturating_duration_since(Instant::now())) {
                    Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                    Ok(message) => watch.take(message),
                    Err(RecvTimeoutError::Timeout) => {
                        watch.look();
                        due = Instant::now() + LOOK;
                    }
                }
            }
        };
        let thread = std::thread::Builder::new().name("headsets".to_owned()).spawn(work)?;
        Ok(Self { inbox, thread: Some(thread) })
    }
}

impl Transport for Hid {
    fn write(&self, device: DeviceId, report: Vec<u8>) {
        // An error says that the thread has ended: then there is no device either.
        let _ = self.inbox.send(Message::Write(device, report));
    }
}

impl Drop for Hid {
    fn drop(&mut self) {
        let _ = self.inbox.send(Message::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Open {
    id: DeviceId,
    /// None where it is there but cannot be opened.
    writes: Option<HidDevice>,
    over: Arc<AtomicBool>,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

struct Watch<F> {
    told: F,
    api: HidApi,
    back: Sender<Message>,
    open: BTreeMap<CString, Open>,
    last: u32,
}

impl<F: FnMut(Told)> Watch<F> {
    fn take(&mut self, message: Message) {
        match message {
            Message::Write(device, report) => {
                let open = self.open.values().find(|open| open.id == device);
                let written = open.and_then(|open| open.writes.as_ref()).map(|device| device.write(&report));
                if let Some(Err(error)) = written {
                    tracing::info!(%error, "a headset took no report");
                }
            }
            Message::Read(device, at, bytes) if self.is_open(device) => (self.told)(Told::Report { device, at, bytes }),
            // Opened anew by the next look, if it is still there.
            Message::Ended(device) if self.is_open(device) => self.forget(device),
            Message::Read(..) | Message::Ended(_) | Message::Stop => {}
        }
    }

    fn is_open(&self, device: DeviceId) -> bool {
        self.open.values().any(|open| open.id == device)
    }

    fn forget(&mut self, device: DeviceId) {
        self.open.retain(|_, open| open.id != device);
        (self.told)(Told::Unplugged(device));
    }

    fn look(&mut self) {
        if let Err(error) = self.api.refresh_devices() {
            return tracing::info!(%error, "the list of headsets cannot be read");
        }
        let there: Vec<DeviceInfo> =
            self.api.device_list().filter(|info| info.usage_page() == TELEPHONY_PAGE).cloned().collect();
        let gone: Vec<DeviceId> = self
            .open
            .iter()
            .filter(|(path, _)| !there.iter().any(|info| info.path() == path.as_c_str()))
            .map(|(_, open)| open.id)
            .collect();
        gone.into_iter().for_each(|device| self.forget(device));
        for info in there.iter().filter(|info| !self.open.contains_key(info.path())).collect::<Vec<_>>() {
            self.meet(info);
        }
    }

    fn meet(&mut self, info: &DeviceInfo) {
        let opened = info.open_device(&self.api).and_then(|writes| Ok((info.open_device(&self.api)?, writes)));
        let mut descriptor = vec![0; headset::descriptor::MAX_LEN];
        let len = opened.as_ref().ok().and_then(|(reads, _)| reads.get_report_descriptor(&mut descriptor).ok());
        descriptor.truncate(len.unwrap_or(0));
        if opened.is_ok() && !has_telephony(&descriptor) {
            return;
        }
        self.last += 1;
        let id = DeviceId(self.last);
        let name =
            [info.manufacturer_string(), info.product_string()].into_iter().flatten().collect::<Vec<_>>().join(" ");
        let device = Device {
            id,
            name: shown(&name),
            vendor: info.vendor_id(),
            product: info.product_id(),
            bluetooth: matches!(info.bus_type(), BusType::Bluetooth),
            descriptor,
        };
        let over = Arc::new(AtomicBool::new(false));
        let writes = match opened {
            Ok((reads, writes)) => {
                (self.told)(Told::Plugged(device));
                let (over, back) = (Arc::clone(&over), self.back.clone());
                let reading = std::thread::Builder::new().name("headset".to_owned());
                match reading.spawn(move || read(id, &reads, &over, &back)) {
                    Ok(_) => Some(writes),
                    Err(error) => return tracing::warn!(%error, "no thread for a headset"),
                }
            }
            Err(error) => {
                tracing::warn!(%error, "a headset cannot be opened");
                (self.told)(Told::Broken(device));
                None
            }
        };
        self.open.insert(info.path().to_owned(), Open { id, writes, over });
    }
}

fn read(id: DeviceId, device: &HidDevice, over: &AtomicBool, back: &Sender<Message>) {
    let mut bytes = [0; REPORT_MAX];
    while !over.load(Ordering::Relaxed) {
        let message = match device.read_timeout(&mut bytes, READ_MS) {
            Ok(0) => continue,
            Ok(len) => Message::Read(id, Instant::now(), bytes[..len].to_vec()),
            Err(_) => Message::Ended(id),
        };
        let ended = matches!(message, Message::Ended(_));
        if back.send(message).is_err() || ended {
            return;
        }
    }
}
