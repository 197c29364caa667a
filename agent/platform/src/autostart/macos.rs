//! macOS: a launch agent of the person (launchd.plist(5)).

use std::path::PathBuf;

use super::{AutostartError, HIDDEN, file};
use crate::APPLICATION_ID;

pub fn is_on() -> Result<bool, AutostartError> {
    Ok(place()?.is_file())
}

pub fn set(on: bool) -> Result<(), AutostartError> {
    let place = place()?;
    if on { file::write(&place, &agent(&std::env::current_exe()?.display().to_string())) } else { file::remove(&place) }
}

fn place() -> Result<PathBuf, AutostartError> {
    let home = std::env::var_os("HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    Ok(home.ok_or(AutostartError::NoHome)?.join("Library/LaunchAgents").join(format!("{APPLICATION_ID}.plist")))
}

fn agent(program: &str) -> String {
    let program = program.replace('&', "&amp;").replace('<', "&lt;");
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \
         \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n<plist version=\"1.0\"><dict>\n\
         <key>Label</key><string>{APPLICATION_ID}</string>\n\
         <key>ProgramArguments</key><array><string>{program}</string><string>{HIDDEN}</string></array>\n\
         <key>RunAtLoad</key><true/>\n</dict></plist>\n"
    )
}
