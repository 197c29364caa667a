//! What a report of a problem takes from outside the agent, and where it may be put.

use std::path::PathBuf;

/// What is around the agent.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// Files of the log, the oldest first; some may not be there.
    pub log: Vec<PathBuf>,
    /// Where a person looks for what was saved; none if the system names no such folder.
    pub downloads: Option<PathBuf>,
    /// The person's home, whose name is taken out of paths.
    pub home: Option<PathBuf>,
    /// What the system says it is, as names and values. May read files.
    pub system: fn() -> Vec<(&'static str, String)>,
}

impl Surroundings {
    /// Nothing is known: for programs that make no reports.
    pub fn none() -> Self {
        Self { log: Vec::new(), downloads: None, home: None, system: Vec::new }
    }
}
