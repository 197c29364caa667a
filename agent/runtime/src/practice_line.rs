//! The practice line behind the agent's port.

use agent::port::practice::{Pending, Practice, PracticeError, PracticeLine};
use tokio::sync::Mutex;

/// Runs while it is wanted.
#[derive(Default)]
pub(crate) struct Line(Mutex<Option<practice::Practice>>);

impl Practice for Line {
    fn start(&self) -> Pending<'_, Result<PracticeLine, PracticeError>> {
        Box::pin(async {
            let mut running = self.0.lock().await;
            let line = match &*running {
                Some(running) => running.line().clone(),
                None => {
                    let started = practice::Practice::start(practice::Options::default()).map_err(failed)?;
                    let line = started.line().clone();
                    *running = Some(started);
                    line
                }
            };
            Ok(PracticeLine {
                address: line.address,
                user: line.user,
                domain: line.domain,
                password: line.password,
                caller_number: line.caller_number,
                echo: line.echo,
            })
        })
    }

    fn call_me(&self) -> Pending<'_, Result<(), PracticeError>> {
        Box::pin(async {
            match &*self.0.lock().await {
                Some(running) => running.call_me().await.map_err(failed),
                None => Err(PracticeError { reason: "it does not run".to_owned() }),
            }
        })
    }

    fn stop(&self) -> Pending<'_, ()> {
        Box::pin(async {
            if let Some(running) = self.0.lock().await.take() {
                running.stop().await;
            }
        })
    }
}

fn failed(error: impl std::fmt::Display) -> PracticeError {
    PracticeError { reason: error.to_string() }
}
