//! System packages: what is needed and what for. How they get there is in [`crate::install`].

/// A package and what it is for.
pub struct Package {
    /// Debian's name.
    pub debian: &'static str,
    /// Fedora's name, if it has one there.
    pub fedora: Option<&'static str>,
    /// What it is for, in a few words.
    pub purpose: &'static str,
}

const fn package(debian: &'static str, fedora: Option<&'static str>, purpose: &'static str) -> Package {
    Package { debian, fedora, purpose }
}

/// What building and opening the app needs.
pub const BUILD: &[Package] = &[
    package("build-essential", Some("gcc-c++"), "C compiler and linker"),
    package("pkg-config", Some("pkgconf-pkg-config"), "finds system libraries"),
    package("cmake", Some("cmake"), "builds the Opus codec"),
    package("libwebkit2gtk-4.1-dev", Some("webkit2gtk4.1-devel"), "the web view that draws the window"),
    package("libayatana-appindicator3-dev", Some("libayatana-appindicator-gtk3-devel"), "tray icon"),
    package("librsvg2-dev", Some("librsvg2-devel"), "icons"),
    package("libxdo-dev", Some("libxdo-devel"), "keyboard and menus under X11"),
    package("libssl-dev", Some("openssl-devel"), "build scripts of the window library"),
    package("libasound2-dev", Some("alsa-lib-devel"), "sound devices (ALSA)"),
    package("libdbus-1-dev", Some("dbus-devel"), "keychain and desktop bus"),
    package("xdg-utils", Some("xdg-utils"), "asks and sets which program opens a link"),
];

/// What the tests need beyond that.
pub const TEST: &[Package] = &[
    package("git", Some("git"), "the list of files that the tidiness test reads"),
    package("kamailio", None, "SIP exchange that the calls go through"),
    package("kamailio-tls-modules", None, "TLS for it"),
    package("kamailio-websocket-modules", None, "WebSockets for it"),
    package("kamailio-presence-modules", None, "mailboxes and the state of lines for it"),
    package("kamailio-sqlite-modules", None, "its accounts"),
    package("kamailio-extra-modules", None, "its digest and control modules"),
    package("kamailio-utils-modules", None, "its helpers"),
    package("rtpengine-daemon", None, "relay of sound, which encrypts for one side only"),
    package("baresip-core", None, "another softphone as the other side"),
    package("linphone-cli", None, "one that gives a ringing call away"),
    package("coturn", Some("coturn"), "a server for ways through NAT (STUN, TURN)"),
    package("sip-tester", None, "SIPp, which plays one side of a call message by message"),
    package("iproute2", Some("iproute"), "networks between two machines of a test"),
    package("nftables", Some("nftables"), "a router with address translation between them"),
    package("pulseaudio", None, "virtual sound cards"),
    package("pulseaudio-utils", None, "plays into and records from them"),
    package("pipewire", None, "the other sound system"),
    package("pipewire-pulse", None, "its PulseAudio face"),
    package("wireplumber", None, "its session policy"),
    package("libasound2-plugins", None, "ALSA programs on virtual sound cards"),
    package("asterisk-core-sounds-en-g722", None, "recorded speech"),
    package("espeak-ng", None, "speech that differs each way"),
    package("sox", None, "converts speech"),
    package("openssl", None, "certificates for TLS tests"),
    package("sqlite3", None, "looks into the store from outside"),
    package("webkit2gtk-driver", None, "drives the real window"),
    package("xvfb", None, "a screen without a screen"),
    package("openbox", None, "a window manager on it"),
    package("xdotool", None, "keys, pointer and active window"),
    package("x11-utils", None, "reads window properties"),
    package("imagemagick", None, "screenshots"),
    package("dbus", None, "a session bus for each test"),
    package("dbus-x11", None, "starts it"),
    package("libglib2.0-bin", None, "`gio open`, as GNOME opens links"),
    package("desktop-file-utils", None, "checks and registers the desktop file"),
    package("chromium", None, "the interface alone"),
    package("python3", None, "speech quality score, emulated CRMs"),
    package("python3-venv", None, "its own environment in target/"),
    package("python3-dev", None, "builds the PESQ module"),
    package("python3-dbus", None, "a notification daemon of the tests' own"),
    package("python3-gi", None, "its loop"),
    package("rpm", None, "reads the .rpm"),
    package("slapd", None, "a company directory (LDAP)"),
    package("umockdev", None, "a headset without a headset"),
];

/// What the figures need beyond the tests: another windowed softphone.
pub const BENCH: &[Package] =
    &[package("twinkle", Some("twinkle"), "the softphone whose window is measured beside ours")];

/// What the type-check of Windows and macOS code needs.
pub const CROSS: &[Package] = &[
    package("rustc-web", None, "a compiler whose standard library comes as source of the same version"),
    package("rust-web-src", None, "that source"),
    package("libstd-rust-web-dev", None, "its library for build scripts"),
    package("mingw-w64", None, "C compiler and linker for Windows"),
    package("nsis", None, "compiles the hooks of the Windows installer"),
];

#[cfg(test)]
mod tests {
    use super::{BENCH, BUILD, CROSS, TEST};

    #[test]
    fn no_package_stands_twice_and_each_says_what_for() {
        let mut seen = std::collections::BTreeSet::new();
        for p in BUILD.iter().chain(TEST).chain(BENCH).chain(CROSS) {
            assert!(seen.insert(p.debian), "{} stands twice", p.debian);
            assert!(!p.purpose.is_empty());
        }
    }
}
