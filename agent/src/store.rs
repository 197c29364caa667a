//! The store's thread, and the handle that sends work to it.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use crm::store::{Store, StoreError};
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce(&mut dyn Store) + Send>;

/// Sends work to the thread `store`, which owns the one writing connection. Clones share the thread; it ends, after
/// the work that was sent, with the last of them.
#[derive(Clone, Debug)]
pub struct StoreHandle {
    jobs: Sender<Job>,
}

impl StoreHandle {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(mut store: Box<dyn Store>) -> std::io::Result<(Self, thread::JoinHandle<()>)> {
        let (jobs, inbox): (_, Receiver<Job>) = channel();
        let thread = thread::Builder::new().name("store".to_owned()).spawn(move || {
            for job in inbox {
                job(store.as_mut());
            }
        })?;
        Ok((Self { jobs }, thread))
    }

    /// Runs `work` on the thread and gives what it returns.
    ///
    /// # Errors
    /// What `work` returns, or [`StoreError::Failed`] if the thread is gone.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |store| {
            // Nobody waits any more: the work is done all the same.
            let _ = reply.send(work(store));
        });
        if self.jobs.send(job).is_err() {
            return Err(gone());
        }
        answer.await.unwrap_or_else(|_| Err(gone()))
    }
}

fn gone() -> StoreError {
    StoreError::Failed("the store's thread ended".to_owned())
}
