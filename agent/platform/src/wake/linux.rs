//! logind: the signal `PrepareForSleep` of `org.freedesktop.login1.Manager`, with `false` after a sleep.

use zbus::MatchRule;
use zbus::blocking::{Connection, MessageIterator};
use zbus::message::Type;

use super::WakeError;

impl From<zbus::Error> for WakeError {
    fn from(error: zbus::Error) -> Self {
        Self(error.to_string())
    }
}

pub fn follow(woke: impl Fn() + Send + Sync + 'static) -> Result<(), WakeError> {
    on(&Connection::system()?, woke)
}

fn on(bus: &Connection, woke: impl Fn() + Send + Sync + 'static) -> Result<(), WakeError> {
    let rule = MatchRule::builder()
        .msg_type(Type::Signal)
        .sender("org.freedesktop.login1")?
        .path("/org/freedesktop/login1")?
        .interface("org.freedesktop.login1.Manager")?
        .member("PrepareForSleep")?
        .build();
    let signals = MessageIterator::for_match_rule(rule, bus, None)?;
    let listen = move || {
        for signal in signals.flatten() {
            if let Ok(false) = signal.body().deserialize::<bool>() {
                woke();
            }
        }
    };
    let thread = std::thread::Builder::new().name("wake".to_owned()).spawn(listen);
    thread.map(drop).map_err(|error| WakeError(error.to_string()))
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader};
    use std::process::{Child, Command, Stdio};
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use zbus::blocking::connection::Builder;

    use super::*;

    struct Bus(Child);

    impl Drop for Bus {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    #[test]
    fn the_end_of_a_sleep_is_told_and_nobody_else_can_tell_it() {
        let mut daemon = Command::new("dbus-daemon");
        daemon.args(["--session", "--nofork", "--print-address"]).stdout(Stdio::piped());
        let mut daemon = Bus(daemon.spawn().unwrap());
        let mut address = String::new();
        BufReader::new(daemon.0.stdout.take().unwrap()).read_line(&mut address).unwrap();
        let joined = || Builder::address(address.trim()).unwrap().build().unwrap();
        let (tell, told) = channel();
        let ours = joined();
        on(&ours, move || tell.send(()).unwrap()).unwrap();
        let sleep = |bus: &Connection, begins: bool| {
            let (path, interface) = ("/org/freedesktop/login1", "org.freedesktop.login1.Manager");
            bus.emit_signal(None::<&str>, path, interface, "PrepareForSleep", &begins).unwrap();
        };
        let (logind, stranger) = (joined(), joined());
        logind.request_name("org.freedesktop.login1").unwrap();
        sleep(&stranger, false);
        sleep(&logind, true);
        sleep(&logind, false);
        told.recv_timeout(Duration::from_secs(30)).unwrap();
        // What came before the one that was told would have been told before it.
        assert!(told.try_recv().is_err(), "once, for the one end");
    }
}
