//! Where a file in a folder of the person says what starts.

use std::path::Path;

use super::AutostartError;

/// Writes the file, with the folder it is in; nobody ever reads half of it.
pub fn write(file: &Path, text: &str) -> Result<(), AutostartError> {
    let folder = file.parent().ok_or(AutostartError::NoHome)?;
    std::fs::create_dir_all(folder)?;
    let fresh = file.with_extension("new");
    std::fs::write(&fresh, text)?;
    Ok(std::fs::rename(&fresh, file)?)
}

/// Takes the file away, if it is there.
pub fn remove(file: &Path) -> Result<(), AutostartError> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}
