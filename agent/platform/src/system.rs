//! What the operating system says it is.

/// Names and values for a report of a problem: kind, version and, on Linux, the desktop. Reads files.
pub fn description() -> Vec<(&'static str, String)> {
    let mut all = vec![("os", std::env::consts::OS.to_owned()), ("arch", std::env::consts::ARCH.to_owned())];
    all.extend(version());
    all
}

#[cfg(target_os = "windows")]
fn version() -> Vec<(&'static str, String)> {
    const VERSION: &str = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion";
    let Ok(key) = windows_registry::LOCAL_MACHINE.open(VERSION) else { return Vec::new() };
    let value = |name| key.get_string(name).unwrap_or_default();
    vec![("name", value("ProductName")), ("version", value("DisplayVersion")), ("build", value("CurrentBuildNumber"))]
}

#[cfg(target_os = "macos")]
fn version() -> Vec<(&'static str, String)> {
    let text = std::fs::read_to_string("/System/Library/CoreServices/SystemVersion.plist").unwrap_or_default();
    let value = |name: &str| {
        let rest = text.split_once(&format!("<key>{name}</key>"))?.1;
        Some(rest.split_once("<string>")?.1.split_once("</string>")?.0.to_owned())
    };
    vec![
        ("version", value("ProductVersion").unwrap_or_default()),
        ("build", value("ProductBuildVersion").unwrap_or_default()),
    ]
}

#[cfg(not(any(target_os = "windows", target_os = "macos")))]
fn version() -> Vec<(&'static str, String)> {
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let variable = |name| std::env::var(name).unwrap_or_default();
    vec![
        ("name", name.unwrap_or_default().trim_matches('"').to_owned()),
        ("kernel", kernel.trim().to_owned()),
        ("desktop", variable("XDG_CURRENT_DESKTOP")),
        ("session", variable("XDG_SESSION_TYPE")),
    ]
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_system_and_its_machine_are_named() {
        let all = super::description();
        for name in ["os", "arch"] {
            assert!(all.iter().any(|(key, value)| *key == name && !value.is_empty()), "{all:?}");
        }
    }
}
