//! Headsets of `/dev/hidraw*` by umockdev, which puts folders of the test in the place of `/dev` and `/sys`: the program is started once
//! more within them.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)] // tests may panic

use std::fs::{self, Permissions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{PermissionsExt as _, lchown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use headset::{Button, Descriptor, Lamp, Telephony};
use nix::pty::{OpenptyResult, openpty};
use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};
use nix::unistd::{Uid, setfsuid};
use platform::hid::{Device, DeviceId, Told, Transport, follow};

/// What may take this long has failed.
const LIMIT: Duration = Duration::from_secs(30);
/// Set where this program is the one under test.
const INSIDE: &str = "TIMBRE_HEADSET_TEST";

/// What is told, from the thread of the transport.
struct Heard(Receiver<Told>);

impl Heard {
    fn next(&self) -> Told {
        self.0.recv_timeout(LIMIT).expect("something is told")
    }

    fn plugged(&self) -> Device {
        match self.next() {
            Told::Plugged(device) => device,
            other => panic!("not plugged in: {other:?}"),
        }
    }

    fn report(&self, of: DeviceId) -> (Vec<u8>, Instant) {
        match self.next() {
            Told::Report { device, at, bytes } if device == of => (bytes, at),
            other => panic!("no report: {other:?}"),
        }
    }
}

fn listen() -> (Box<dyn Transport>, Heard) {
    let (tell, told) = channel();
    let transport = follow(move |what| drop(tell.send(what))).unwrap();
    (transport, Heard(told))
}

fn recording(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hid").join(name)
}

/// This test once more, as the program under test.
fn again(mut command: Command, name: &str) {
    command.args(["--exact", name, "--nocapture"]).env(INSIDE, "1");
    let done = command.output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success() && said.contains("1 passed"), "{:?}\n{said}", done.status);
}

fn inside() -> bool {
    std::env::var_os(INSIDE).is_some()
}

#[test]
fn a_headset_is_found_heard_and_lit_through_hidraw() {
    if !inside() {
        let mut umockdev = Command::new("umockdev-run");
        umockdev.arg("--device").arg(recording("blackwire.umockdev"));
        let script = recording("blackwire.script");
        umockdev.arg("--script").arg(format!("/dev/hidraw0={}", script.display()));
        umockdev.arg("--").arg(std::env::current_exe().unwrap());
        return again(umockdev, "a_headset_is_found_heard_and_lit_through_hidraw");
    }
    let (transport, heard) = listen();
    let device = heard.plugged();
    assert_eq!((device.name.as_str(), device.bluetooth), ("Plantronics Blackwire 3220 Series", false));
    assert_eq!((device.vendor, device.product), (0x047F, 0xC056));
    let telephony = Telephony::find(&Descriptor::parse(&device.descriptor).unwrap()).unwrap();
    let pressed = |report: &[u8]| -> Vec<Button> {
        telephony.read(report).iter().filter(|reading| reading.on).map(|reading| reading.button).collect()
    };
    let lit = |lamp| telephony.write(|other| other == lamp).into_values().find(|report| report[1] != 0).unwrap();
    // umockdev ends this program where it writes anything but what is in the script.
    transport.write(device.id, lit(Lamp::OffHook));
    assert_eq!(pressed(&heard.report(device.id).0), [Button::Hook]);
    assert_eq!(pressed(&heard.report(device.id).0), [Button::Mute, Button::Hook]);
    transport.write(device.id, lit(Lamp::Mute));
    assert_eq!(pressed(&heard.report(device.id).0), []);
}

/// A machine of the test's own, with headsets that are plugged in and pulled out.
struct Machine {
    folder: PathBuf,
    ends: Vec<(String, OpenptyResult)>,
}

impl Machine {
    /// The one that this program was started in.
    fn ours() -> Self {
        let folder = PathBuf::from(std::env::var_os("UMOCKDEV_DIR").expect("umockdev set it"));
        fs::create_dir_all(folder.join("dev")).unwrap();
        // Also for who has no rights: umockdev's folders and its way to itself are its user's alone.
        for part in ["", "ioctl"] {
            fs::set_permissions(folder.join(part), Permissions::from_mode(0o755)).unwrap();
        }
        fs::set_permissions(folder.join("ioctl/_default"), Permissions::from_mode(0o777)).unwrap();
        Self { folder, ends: Vec::new() }
    }

    /// As the kernel does it: sysfs first, the node last.
    fn plug(&mut self, node: &str) {
        let device = self.folder.join("sys/devices").join(node);
        fs::create_dir_all(device.join("hidraw").join(node)).unwrap();
        let recorded = fs::read_to_string(recording("blackwire.umockdev")).unwrap();
        let bytes = recorded.lines().find_map(|line| line.strip_prefix("H: report_descriptor=")).unwrap();
        let bytes: Vec<u8> =
            (0..bytes.len()).step_by(2).map(|at| u8::from_str_radix(&bytes[at..at + 2], 16).unwrap()).collect();
        fs::write(device.join("report_descriptor"), bytes).unwrap();
        fs::write(device.join("uevent"), "HID_ID=0003:0000047F:0000C056\nHID_NAME=Poly Poly BT700\nHID_UNIQ=SECRET\n")
            .unwrap();
        let class = self.folder.join("sys/class/hidraw");
        fs::create_dir_all(&class).unwrap();
        symlink(&device, device.join("hidraw").join(node).join("device")).unwrap();
        symlink(device.join("hidraw").join(node), class.join(node)).unwrap();
        let ends = openpty(None, None).unwrap();
        let mut raw = tcgetattr(&ends.slave).unwrap();
        cfmakeraw(&mut raw);
        tcsetattr(&ends.slave, SetArg::TCSANOW, &raw).unwrap();
        let name = nix::unistd::ttyname(&ends.slave).unwrap();
        symlink(name, self.folder.join("dev").join(node)).unwrap();
        self.ends.push((node.to_owned(), ends));
    }

    fn pull(&mut self, node: &str) {
        fs::remove_file(self.folder.join("dev").join(node)).unwrap();
        fs::remove_file(self.folder.join("sys/class/hidraw").join(node)).unwrap();
        fs::remove_dir_all(self.folder.join("sys/devices").join(node)).unwrap();
        self.ends.retain(|(other, _)| other != node);
    }

    fn end(&self, node: &str) -> fs::File {
        let (_, ends) = self.ends.iter().find(|(other, _)| other == node).unwrap();
        ends.master.try_clone().unwrap().into()
    }
}

/// Starts `name` once more on a machine without headsets.
fn on_a_machine_of_its_own(name: &str) {
    let mut umockdev = Command::new("umockdev-run");
    umockdev.arg("--").arg(std::env::current_exe().unwrap());
    again(umockdev, name);
}

#[test]
fn a_headset_is_plugged_in_and_pulled_out_a_hundred_times() {
    if !inside() {
        return on_a_machine_of_its_own("a_headset_is_plugged_in_and_pulled_out_a_hundred_times");
    }
    let mut machine = Machine::ours();
    let (transport, heard) = listen();
    let mut slowest = Duration::ZERO;
    for cycle in 0..100 {
        machine.plug("hidraw7");
        let device = heard.plugged();
        assert_eq!(device.name, "Poly BT700");
        let mut far = machine.end("hidraw7");
        let begun = Instant::now();
        far.write_all(&[8, 2]).unwrap();
        let (report, at) = heard.report(device.id);
        slowest = slowest.max(at - begun);
        assert_eq!(report, [8, 2], "cycle {cycle}");
        transport.write(device.id, vec![0x17, 1]);
        let mut lamps = [0; 2];
        far.read_exact(&mut lamps).unwrap();
        slowest = slowest.max(begun.elapsed());
        assert_eq!(lamps, [0x17, 1]);
        machine.pull("hidraw7");
        assert_eq!(heard.next(), Told::Unplugged(device.id));
        transport.write(device.id, vec![0x17, 0]); // nobody takes it, and nobody minds
    }
    assert!(slowest < Duration::from_millis(100), "a press and a lamp took {slowest:?}");
    eprintln!("slowest there and back: {slowest:?}");
}

#[test]
fn a_headset_without_rights_is_told_and_opened_when_they_come() {
    if !inside() {
        return on_a_machine_of_its_own("a_headset_without_rights_is_told_and_opened_when_they_come");
    }
    let mut machine = Machine::ours();
    machine.plug("hidraw0");
    let rights = |name: &str, mode: u32| {
        let node = fs::canonicalize(machine.folder.join("dev").join(name)).unwrap();
        fs::set_permissions(node, Permissions::from_mode(mode)).unwrap();
    };
    rights("hidraw0", 0o000);
    // Threads that begin now have the rights of `nobody`, as an agent's programs have theirs.
    let ours = Uid::effective();
    setfsuid(Uid::from_raw(65534));
    let (_transport, heard) = listen();
    setfsuid(ours);
    let Told::Refused(refused) = heard.next() else { panic!("it was opened") };
    assert_eq!((refused.vendor, refused.product), (0x047F, 0xC056));
    // udev's rule was installed and takes effect.
    rights("hidraw0", 0o666);
    // The node of a real one stands in `/dev` itself: its change is told there.
    lchown(machine.folder.join("dev/hidraw0"), Some(ours.as_raw()), None).unwrap();
    let told = heard.next();
    assert_eq!(told, Told::Plugged(refused.clone()), "the same one");
    machine.end("hidraw0").write_all(&[8, 0]).unwrap();
    assert_eq!(heard.report(refused.id).0, [8, 0]);
}
