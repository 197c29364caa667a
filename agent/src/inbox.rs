//! The way to the desk: one inbox for what happens and what is wished.

use agent_api::error::{ApiError, ErrorCode};
use tokio::sync::{mpsc, oneshot};

use crate::desk::{Ask, Input, Reply};

/// What comes to the desk.
pub(crate) enum Message {
    /// Something happened.
    Input(Input),
    /// Somebody wishes something and waits for the answer.
    Ask(Ask, oneshot::Sender<Result<Reply, ApiError>>),
}

/// Sends to the desk; the desk ends with the last of these.
#[derive(Clone)]
pub(crate) struct Inbox(mpsc::UnboundedSender<Message>);

/// An inbox that does not keep the desk.
pub(crate) struct WeakInbox(mpsc::WeakUnboundedSender<Message>);

impl Inbox {
    /// A new inbox and its other end.
    pub fn new() -> (Self, mpsc::UnboundedReceiver<Message>) {
        let (sender, messages) = mpsc::unbounded_channel();
        (Self(sender), messages)
    }

    /// The same without keeping the desk.
    pub fn downgrade(&self) -> WeakInbox {
        WeakInbox(self.0.downgrade())
    }

    /// Tells.
    pub fn tell(&self, input: Input) {
        // A closed inbox means that the program is ending.
        let _ = self.0.send(Message::Input(input));
    }

    /// Asks.
    pub async fn ask(&self, ask: Ask) -> Result<Reply, ApiError> {
        let (reply, answer) = oneshot::channel();
        let gone = ApiError::new(ErrorCode::Internal);
        self.0.send(Message::Ask(ask, reply)).map_err(|_| gone.clone())?;
        answer.await.map_err(|_| gone)?
    }
}

impl WeakInbox {
    /// The inbox, while somebody keeps the desk.
    pub fn upgrade(&self) -> Option<Inbox> {
        self.0.upgrade().map(Inbox)
    }
}

impl Clone for WeakInbox {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}
