//! hidraw: descriptors and names from sysfs, which everybody may read, reports by `/dev/hidraw*`, plug and rights by inotify on `/dev`.
//!
//! udev gives the rights some milliseconds after the kernel made the node: that a device may not be opened is told only when it lasts.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::eventfd::{EfdFlags, EventFd};
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};

use super::{Device, DeviceId, Told, Transport, has_telephony, shown};

/// How long rights of a new device may take.
const RIGHTS: Duration = Duration::from_secs(1);
/// When a node whose device ended is looked at again: another may have taken its name meanwhile.
const SETTLED: Duration = Duration::from_millis(200);
/// Longest report of the kernel (`HID_MAX_BUFFER_SIZE`).
const REPORT_MAX: usize = 16384;
/// Reports read of one device before the others have their turn.
const READS_AT_ONCE: usize = 64;
/// A Bluetooth device in `HID_ID` (`BUS_BLUETOOTH`).
const BLUETOOTH: u16 = 5;

/// Headsets by hidraw.
pub struct Hidraw {
    wishes: Sender<(DeviceId, Vec<u8>)>,
    wake: Arc<EventFd>,
    /// Wishes end before the thread is waited for.
    thread: Option<JoinHandle<()>>,
}

impl Hidraw {
    /// Begins.
    pub fn follow(told: impl FnMut(Told) + Send + 'static) -> io::Result<Self> {
        let wake = Arc::new(EventFd::from_value_and_flags(0, EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK)?);
        let inotify = Inotify::init(InitFlags::IN_CLOEXEC | InitFlags::IN_NONBLOCK)?;
        inotify.add_watch("/dev", AddWatchFlags::IN_CREATE | AddWatchFlags::IN_DELETE | AddWatchFlags::IN_ATTRIB)?;
        let (wishes, inbox) = channel();
        let mut watch =
            Watch { told, inotify, wake: Arc::clone(&wake), inbox, seen: BTreeMap::new(), again: None, last: 0 };
        let thread = std::thread::Builder::new().name("headsets".to_owned()).spawn(move || watch.run())?;
        Ok(Self { wishes, wake, thread: Some(thread) })
    }

    fn wake(&self) {
        // It is full only when the thread is about to look anyway.
        let _ = self.wake.write(1);
    }
}

impl Transport for Hidraw {
    fn write(&self, device: DeviceId, report: Vec<u8>) {
        // An error says that the thread has ended: then there is no device either.
        let _ = self.wishes.send((device, report));
        self.wake();
    }
}

impl Drop for Hidraw {
    fn drop(&mut self) {
        let (closed, _) = channel();
        self.wishes = closed;
        self.wake();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A headset by the name of its node, such as `hidraw0`.
struct Seen {
    device: Device,
    state: State,
}

enum State {
    Open(File),
    /// Since when it is refused, until that is told.
    Refused(Option<Instant>),
    Broken,
}

/// The thread.
struct Watch<F> {
    told: F,
    inotify: Inotify,
    wake: Arc<EventFd>,
    inbox: Receiver<(DeviceId, Vec<u8>)>,
    seen: BTreeMap<String, Seen>,
    /// When to look though nothing is told.
    again: Option<Instant>,
    last: u32,
}

impl<F: FnMut(Told)> Watch<F> {
    /// Works until nobody holds the other end of the wishes.
    fn run(&mut self) {
        self.look(Duration::ZERO);
        loop {
            if let Err(error) = self.wait() {
                tracing::warn!(%error, "headsets are not followed any more");
                return;
            }
            // Both only wake: an error means that there was nothing to take.
            let _ = self.wake.read();
            let settled = self.again.take_if(|at| *at <= Instant::now()).is_some();
            if self.dev_changed() || settled {
                self.look(RIGHTS);
            }
            self.tell_refused();
            let names: Vec<String> = self.seen.keys().cloned().collect();
            names.iter().for_each(|name| self.read(name));
            if !self.write() {
                return;
            }
        }
    }

    fn wait(&self) -> io::Result<()> {
        let open = self.seen.values().filter_map(|seen| match &seen.state {
            State::Open(file) => Some(file.as_fd()),
            State::Refused(_) | State::Broken => None,
        });
        let all = [self.inotify.as_fd(), self.wake.as_fd()].into_iter().chain(open);
        let mut all: Vec<PollFd> = all.map(|fd| PollFd::new(fd, PollFlags::POLLIN)).collect();
        let due = self.seen.values().filter_map(Seen::due).chain(self.again).min();
        let timeout = due.map_or(PollTimeout::NONE, |due| {
            let left = due.saturating_duration_since(Instant::now()) + Duration::from_millis(1);
            PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX)
        });
        match poll(&mut all, timeout) {
            Ok(_) | Err(Errno::EINTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes what inotify has to say; whether a node of hidraw came, went or has other rights.
    fn dev_changed(&self) -> bool {
        let mut changed = false;
        while let Ok(events) = self.inotify.read_events() {
            // Without a name: the kernel lost count.
            changed |= events
                .iter()
                .any(|event| event.name.as_ref().is_none_or(|name| name.to_string_lossy().starts_with("hidraw")));
        }
        changed
    }

    /// Compares what is there with what was seen; a new device has `patience` to become open.
    fn look(&mut self, patience: Duration) {
        let there = nodes();
        let gone: Vec<String> = self.seen.keys().filter(|name| !there.contains(name)).cloned().collect();
        gone.iter().for_each(|name| self.forget(name));
        for name in there {
            match self.seen.get(&name).map(|seen| &seen.state) {
                Some(State::Open(_)) => {}
                Some(State::Refused(_) | State::Broken) => self.open_again(&name),
                None => self.meet(name, patience),
            }
        }
    }

    fn meet(&mut self, name: String, patience: Duration) {
        let Some(found) = describe(&name) else { return };
        self.last += 1;
        let device = Device { id: DeviceId(self.last), ..found };
        let state = match open(&name) {
            Ok(file) => {
                (self.told)(Told::Plugged(device.clone()));
                State::Open(file)
            }
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                State::Refused(Some(Instant::now() + patience))
            }
            // Pulled out again.
            Err(error)
                if [Errno::ENODEV, Errno::ENXIO, Errno::ENOENT, Errno::EIO]
                    .map(|gone| Some(gone as i32))
                    .contains(&error.raw_os_error()) =>
            {
                return;
            }
            Err(error) => {
                tracing::warn!(%error, "a headset cannot be opened");
                (self.told)(Told::Broken(device.clone()));
                State::Broken
            }
        };
        self.seen.insert(name, Seen { device, state });
        self.tell_refused();
    }

    fn open_again(&mut self, name: &str) {
        let (Some(seen), Ok(file)) = (self.seen.get_mut(name), open(name)) else { return };
        seen.state = State::Open(file);
        (self.told)(Told::Plugged(seen.device.clone()));
    }

    fn tell_refused(&mut self) {
        let now = Instant::now();
        for seen in self.seen.values_mut().filter(|seen| seen.due().is_some_and(|due| due <= now)) {
            seen.state = State::Refused(None);
            (self.told)(Told::Refused(seen.device.clone()));
        }
    }

    fn read(&mut self, name: &str) {
        let Some(Seen { device, state: State::Open(file) }) = self.seen.get_mut(name) else { return };
        let mut bytes = [0; REPORT_MAX];
        for _ in 0..READS_AT_ONCE {
            match file.read(&mut bytes) {
                Ok(len) if len > 0 => {
                    let report = Told::Report { device: device.id, at: Instant::now(), bytes: bytes[..len].to_vec() };
                    (self.told)(report);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // The end, or an error: it was pulled out.
                Ok(_) | Err(_) => {
                    self.again = Some(Instant::now() + SETTLED);
                    return self.forget(name);
                }
            }
        }
    }

    /// Writes what was asked for; false when nobody asks any more.
    fn write(&mut self) -> bool {
        loop {
            let (device, report) = match self.inbox.try_recv() {
                Ok(wish) => wish,
                Err(std::sync::mpsc::TryRecvError::Empty) => return true,
                Err(std::sync::mpsc::TryRecvError::Disconnected) => return false,
            };
            let seen = self.seen.values_mut().find(|seen| seen.device.id == device);
            let Some(Seen { state: State::Open(file), .. }) = seen else { continue };
            // One report is one write: a part of it would be another report.
            if let Err(error) = file.write(&report) {
                tracing::info!(%error, "a headset took no report");
            }
        }
    }

    fn forget(&mut self, name: &str) {
        let Some(seen) = self.seen.remove(name) else { return };
        // What was never told does not go either.
        if !matches!(seen.state, State::Refused(Some(_))) {
            (self.told)(Told::Unplugged(seen.device.id));
        }
    }
}

impl Seen {
    /// When it is told that it is refused.
    fn due(&self) -> Option<Instant> {
        match self.state {
            State::Refused(due) => due,
            State::Open(_) | State::Broken => None,
        }
    }
}

/// Names of the nodes that are there.
fn nodes() -> Vec<String> {
    let Ok(entries) = fs::read_dir("/sys/class/hidraw") else { return Vec::new() };
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    names.filter(|name| Path::new("/dev").join(name).exists()).collect()
}

/// What sysfs tells of a node, if it is a headset's; without a number yet.
fn describe(name: &str) -> Option<Device> {
    let folder = Path::new("/sys/class/hidraw").join(name).join("device");
    let descriptor = fs::read(folder.join("report_descriptor")).ok().filter(|bytes| has_telephony(bytes))?;
    let told = fs::read_to_string(folder.join("uevent")).ok()?;
    let value = |key: &str| told.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    // 0003:0000047F:0000C056 – bus, vendor, product (hid_uevent of the kernel).
    let mut id = value("HID_ID")?.split(':').map(|part| u32::from_str_radix(part, 16).unwrap_or(0) as u16);
    let (bus, vendor, product) = (id.next()?, id.next()?, id.next()?);
    let name = value("HID_NAME").map(shown).unwrap_or_default();
    Some(Device { id: DeviceId(0), name, vendor, product, bluetooth: bus == BLUETOOTH, descriptor })
}

fn open(name: &str) -> io::Result<File> {
    let flags = OFlag::O_NONBLOCK | OFlag::O_CLOEXEC | OFlag::O_NOCTTY;
    OpenOptions::new().read(true).write(true).custom_flags(flags.bits()).open(Path::new("/dev").join(name))
}
