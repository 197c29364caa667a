//! Programs of the system that are started from here.

use std::process::Command;
use std::sync::OnceLock;

/// Names of variables of the environment that this program set for itself alone.
static OURS: OnceLock<Vec<&'static str>> = OnceLock::new();

/// Says which variables of the environment this program set for itself, once, at its start: what it starts does not get them.
pub fn keep_from_others(names: Vec<&'static str>) {
    if OURS.set(names).is_err() {
        tracing::warn!("variables of the environment were named twice");
    }
}

/// A program to be started, with the environment as the person set it.
pub fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    for name in OURS.get().into_iter().flatten() {
        command.env_remove(name);
    }
    command
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::{command, keep_from_others};

    #[test]
    fn what_was_set_for_us_is_taken_from_the_environment_and_nothing_else() {
        keep_from_others(vec!["JSC_useJIT", "GDK_GL"]);
        let started = command("true");
        let changed: Vec<_> = started.get_envs().collect();
        assert_eq!(changed, [(OsStr::new("GDK_GL"), None), (OsStr::new("JSC_useJIT"), None)]);
    }
}
