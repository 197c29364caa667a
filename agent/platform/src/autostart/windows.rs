//! Windows: the person's `Run` key.

use windows_registry::CURRENT_USER;

use super::{AutostartError, HIDDEN};
use crate::APPLICATION_NAME;

const RUN: &str = r"Software\Microsoft\Windows\CurrentVersion\Run";

pub fn is_on() -> Result<bool, AutostartError> {
    Ok(CURRENT_USER.open(RUN).and_then(|run| run.get_string(APPLICATION_NAME)).is_ok())
}

pub fn set(on: bool) -> Result<(), AutostartError> {
    let run = CURRENT_USER.create(RUN).map_err(refused)?;
    if on {
        let program = std::env::current_exe()?;
        return run.set_string(APPLICATION_NAME, format!("\"{}\" {HIDDEN}", program.display())).map_err(refused);
    }
    if is_on()? { run.remove_value(APPLICATION_NAME).map_err(refused) } else { Ok(()) }
}

fn refused(error: impl std::fmt::Display) -> AutostartError {
    AutostartError::Refused(error.to_string())
}
