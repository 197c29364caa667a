//! Windows: the installer writes our capabilities; the person chooses in Settings, Default apps.
//!
//! No program may set `UserChoice` itself (it carries a hash), so becoming the default opens that page.

use std::process::Command;

use windows_registry::CURRENT_USER;

use super::{Change, Handler, LinkError, SCHEMES};

/// The class that our links open with; written by the installer too (`packaging/windows/hooks.nsh`).
const PROG_ID: &str = "Timbre.Url";
const CAPABILITIES: &str = r"Software\Timbre\Capabilities";
const USER_CHOICES: &str = r"Software\Microsoft\Windows\Shell\Associations\UrlAssociations";
const SETTINGS_PAGE: &str = "ms-settings:defaultapps?registeredAppUser=Timbre";

pub fn handler(scheme: &str) -> Result<Handler, LinkError> {
    // Since Windows 11 24H2 the choice may stand in UserChoiceLatest instead.
    for place in [r"UserChoiceLatest\ProgId", "UserChoice"] {
        let key = format!(r"{USER_CHOICES}\{scheme}\{place}");
        if let Ok(chosen) = CURRENT_USER.open(&key).and_then(|key| key.get_string("ProgId")) {
            return Ok(if chosen == PROG_ID { Handler::Ours } else { Handler::Other(chosen) });
        }
    }
    Ok(Handler::Nobody)
}

pub fn become_default() -> Result<Change, LinkError> {
    register()?;
    Command::new("explorer.exe").arg(SETTINGS_PAGE).spawn().map_err(|_| LinkError::Missing("explorer.exe"))?;
    Ok(Change::AskedPerson)
}

/// Writes for the current user what the installer writes, so that a copy that was not installed is offered too.
fn register() -> Result<(), LinkError> {
    let program = std::env::current_exe().map_err(|error| LinkError::Refused(error.to_string()))?;
    write_keys(&program.display().to_string()).map_err(|error| LinkError::Refused(error.to_string()))
}

fn write_keys(program: &str) -> windows_registry::Result<()> {
    let class = CURRENT_USER.create(format!(r"Software\Classes\{PROG_ID}"))?;
    class.set_string("", "Timbre phone link")?;
    class.set_string("URL Protocol", "")?;
    class.create("DefaultIcon")?.set_string("", format!("\"{program}\",0"))?;
    class.create(r"shell\open\command")?.set_string("", format!("\"{program}\" \"%1\""))?;
    let capabilities = CURRENT_USER.create(CAPABILITIES)?;
    capabilities.set_string("ApplicationName", "Timbre")?;
    capabilities.set_string("ApplicationDescription", "Softphone")?;
    let links = capabilities.create("URLAssociations")?;
    for scheme in SCHEMES {
        links.set_string(scheme, PROG_ID)?;
    }
    CURRENT_USER.create(r"Software\RegisteredApplications")?.set_string("Timbre", CAPABILITIES)
}

#[cfg(test)]
mod tests {
    use windows_registry::CURRENT_USER;

    #[test]
    fn the_capabilities_are_written_as_the_settings_page_reads_them() {
        super::write_keys(r"C:\Program Files\Timbre\timbre.exe").unwrap();
        let links = CURRENT_USER.open(r"Software\Timbre\Capabilities\URLAssociations").unwrap();
        for scheme in super::SCHEMES {
            assert_eq!(links.get_string(scheme).unwrap(), super::PROG_ID);
        }
        let list = CURRENT_USER.open(r"Software\RegisteredApplications").unwrap();
        assert_eq!(list.get_string("Timbre").unwrap(), super::CAPABILITIES);
        let open = CURRENT_USER.open(r"Software\Classes\Timbre.Url\shell\open\command").unwrap();
        assert_eq!(open.get_string("").unwrap(), r#""C:\Program Files\Timbre\timbre.exe" "%1""#);
    }
}
