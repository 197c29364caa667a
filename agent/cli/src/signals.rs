//! SIGINT and SIGTERM: the first asks to end, a second ends at once.

use tokio::sync::oneshot;

/// What the shell expects of a program that was ended by SIGINT.
const INTERRUPTED: i32 = 130;

/// Answers when the first signal comes. From then on, until the program is over, another one ends it with 130.
pub fn interrupted() -> oneshot::Receiver<()> {
    let (tell, told) = oneshot::channel();
    tokio::spawn(async move {
        let mut signals = Signals::new();
        signals.next().await;
        // Nobody waits any more: the program is ending already.
        let _ = tell.send(());
        signals.next().await;
        std::process::exit(INTERRUPTED);
    });
    told
}

#[cfg(unix)]
struct Signals {
    terminate: Option<tokio::signal::unix::Signal>,
    interrupt: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn new() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        Self { terminate: signal(SignalKind::terminate()).ok(), interrupt: signal(SignalKind::interrupt()).ok() }
    }

    async fn next(&mut self) {
        async fn one(signal: &mut Option<tokio::signal::unix::Signal>) {
            match signal {
                Some(signal) => drop(signal.recv().await),
                None => std::future::pending().await,
            }
        }
        tokio::select! {
            () = one(&mut self.terminate) => {}
            () = one(&mut self.interrupt) => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> Self {
        Self
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    }
}
