//! Windows are drawn on machines without a graphics card, too: remote desktops, virtual machines.
//!
//! The web view hands its pictures over by a way that needs a card's device file (DMA-BUF); without one the windows stay
//! empty. It knows another way and takes it when a variable of the environment says so, which must be set before the program
//! begins: so the program begins once more.

/// Begins the program once more if its windows would stay empty; returns if they will not, or if that cannot be done.
#[cfg(target_os = "linux")]
pub fn begin_again_without_card() {
    use std::os::unix::process::CommandExt;

    const OTHER_WAY: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
    if std::env::var_os(OTHER_WAY).is_some() || has_card(std::path::Path::new("/dev/dri")) {
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    let mut again = std::process::Command::new(program);
    again.args(std::env::args_os().skip(1)).env(OTHER_WAY, "1");
    // Same process, same arguments; it comes back only when the system refuses.
    let refused = again.exec();
    tracing::warn!(%refused, "the windows may stay empty");
}

#[cfg(not(target_os = "linux"))]
pub fn begin_again_without_card() {}

/// Whether there is a device that draws.
#[cfg(target_os = "linux")]
fn has_card(folder: &std::path::Path) -> bool {
    let Ok(devices) = std::fs::read_dir(folder) else { return false };
    devices.flatten().any(|device| device.file_name().to_string_lossy().starts_with("renderD"))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::has_card;

    #[test]
    fn a_card_is_one_that_draws() {
        let folder = std::env::temp_dir().join(format!("timbre-dri-{}", std::process::id()));
        assert!(!has_card(&folder), "no folder, no card");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("card0"), "").unwrap();
        assert!(!has_card(&folder), "a card for a screen alone draws nothing");
        std::fs::write(folder.join("renderD128"), "").unwrap();
        assert!(has_card(&folder));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
