//! How the system's web engine works for us on Linux: it reads the environment when the first window is made.
//!
//! Windows are drawn on machines without a graphics card, too: remote desktops, virtual machines. The web view hands its
//! pictures over by a way that needs a card's device file (DMA-BUF); without one the windows stay empty. It knows another
//! way, and there it draws with a card's commands that the processor then carries out, which costs 90 MB more than to draw
//! at once. Variables of the environment choose.

/// Scripts are interpreted and never turned into machine code while they run: the interface computes next to nothing,
/// memory that is written and then executed is what attacks on web engines want, and it costs 9 MB.
#[cfg(target_os = "linux")]
const NO_MACHINE_CODE: (&str, &str) = ("JSC_useJIT", "0");

/// What is set where there is no card: for the web view and the window library, in all our processes. The web view begins
/// a driver even if it draws nothing by it; Mesa's plain one (softpipe) makes no machine code and takes 1 MB less.
#[cfg(target_os = "linux")]
const WITHOUT_CARD: [(&str, &str); 4] = [
    ("WEBKIT_DISABLE_DMABUF_RENDERER", "1"),
    ("WEBKIT_DISABLE_COMPOSITING_MODE", "1"),
    ("GDK_GL", "disable"),
    ("GALLIUM_DRIVER", "softpipe"),
];

/// Which makers' drivers the system's graphics library loads (libglvnd), and a list without any. This process draws nothing by
/// them; the one of the web view does not begin without them.
#[cfg(target_os = "linux")]
const DRIVERS: (&str, &str) = ("__EGL_VENDOR_LIBRARY_FILENAMES", "/dev/null");

/// Sets up the environment of the web engine; what the user has set stays.
///
/// To be called first in `main`, before there is another thread.
#[cfg(target_os = "linux")]
pub fn prepare() {
    let wished = |(name, _): &(&str, &str)| std::env::var_os(name).is_none();
    let mut settings = vec![NO_MACHINE_CODE];
    if wished(&WITHOUT_CARD[0]) && !has_card(std::path::Path::new("/dev/dri")) {
        settings.extend(WITHOUT_CARD);
        settings.push(DRIVERS);
    }
    settings.retain(wished);
    for (name, value) in &settings {
        // SAFETY: the first thing in `main`, no other thread is there.
        unsafe { std::env::set_var(name, value) };
    }
    // A browser of the person's own would be slowed by them.
    runtime::system::keep_from_others(settings.into_iter().map(|(name, _)| name).collect());
    leave_drivers_out();
}

#[cfg(not(target_os = "linux"))]
pub fn prepare() {}

/// Lets the graphics library of this process read its empty list of drivers, which it does once, and takes the list away
/// before the web view's process is begun: 25 MB that nothing here would use.
#[cfg(target_os = "linux")]
fn leave_drivers_out() {
    /// `eglQueryString(EGL_NO_DISPLAY, EGL_EXTENSIONS)`, EGL 1.5 §3.3: looks at the drivers and initializes none.
    type QueryString = unsafe extern "C" fn(*mut std::ffi::c_void, i32) -> *const std::ffi::c_char;
    const EXTENSIONS: i32 = 0x3055;

    if std::env::var_os(DRIVERS.0).is_none_or(|list| list != DRIVERS.1) {
        return;
    }
    // SAFETY: the system's graphics library, which the web view loads as well; the function is as EGL declares it.
    unsafe {
        if let Ok(library) = libloading::Library::new("libEGL.so.1") {
            if let Ok(query) = library.get::<QueryString>(b"eglQueryString\0") {
                query(std::ptr::null_mut(), EXTENSIONS);
            }
            // It keeps what it has read as long as it stays loaded.
            std::mem::forget(library);
        }
    }
    // SAFETY: the first thing in `main`, no other thread is there.
    unsafe { std::env::remove_var(DRIVERS.0) };
}

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
