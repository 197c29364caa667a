//! Named points on the way of a call to a company's CRM, at which a test ends the program as a power cut would.
//!
//! ```text
//! failpoint!("taken");                 nothing at all, unless the feature `on` is given
//! TIMBRE_FAILPOINT=taken               with it: the process is killed (SIGKILL) when it gets there
//! TIMBRE_FAILPOINT=taken:2             … for the third time
//! ```

#[cfg(feature = "on")]
mod on;

#[cfg(feature = "on")]
pub use on::{EDIT_POINTS, POINTS, VARIABLE, reach};

/// A point: the process ends here if a test asked for it.
#[cfg(feature = "on")]
#[macro_export]
macro_rules! failpoint {
    ($name:literal) => {
        $crate::reach($name)
    };
}

/// A point, which is nothing in this build.
#[cfg(not(feature = "on"))]
#[macro_export]
macro_rules! failpoint {
    ($name:literal) => {{}};
}
