//! «Informar de un problema»: one text for support, read before it goes anywhere.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A report as it was made. Holds no names, numbers, addresses and secrets, and at most half a megabyte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReportView {
    /// All of it.
    pub text: String,
    /// The name of its file.
    pub file_name: String,
}
