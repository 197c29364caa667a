//! Where the sound server listens, and what it wants to see.

use std::path::PathBuf;

/// Length of a cookie, bytes. A server ends the connection when it gets another length, whatever the cookie.
const COOKIE: usize = 256;

/// Sockets to try, the best first.
///
/// `PULSE_SERVER` alone counts if it is set: words of the form `unix:/path`, `/path`, each perhaps with `{machine}`
/// before it. Servers over TCP are passed over.
pub(super) fn sockets() -> Vec<PathBuf> {
    let var = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(words) = var("PULSE_SERVER") {
        return words.to_string_lossy().split_whitespace().filter_map(socket_of).collect();
    }
    let own = var("PULSE_RUNTIME_PATH").map(|path| PathBuf::from(path).join("native"));
    let session = var("XDG_RUNTIME_DIR").map(|path| PathBuf::from(path).join("pulse/native"));
    own.into_iter().chain(session).chain([PathBuf::from("/var/run/pulse/native")]).collect()
}

fn socket_of(word: &str) -> Option<PathBuf> {
    let word = if word.starts_with('{') { word.split_once('}')?.1 } else { word };
    let path = word.strip_prefix("unix:").unwrap_or(word);
    path.starts_with('/').then(|| PathBuf::from(path))
}

/// The cookie of this user, or zeros: a server that trusts the user or everybody does not look at it.
pub(super) fn cookie() -> Vec<u8> {
    let var = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let places = [
        var("PULSE_COOKIE"),
        var("XDG_CONFIG_HOME").map(|path| path.join("pulse/cookie")),
        var("HOME").map(|path| path.join(".config/pulse/cookie")),
        var("HOME").map(|path| path.join(".pulse-cookie")),
    ];
    let found = places.into_iter().flatten().find_map(|path| std::fs::read(path).ok().filter(|c| c.len() == COOKIE));
    found.unwrap_or_else(|| vec![0; COOKIE])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_a_server_are_sockets_of_this_machine() {
        let socket = |word| socket_of(word).map(|path| path.display().to_string());
        assert_eq!(socket("unix:/run/a/native").as_deref(), Some("/run/a/native"));
        assert_eq!(socket("/run/a/native").as_deref(), Some("/run/a/native"));
        assert_eq!(socket("{4d3c}unix:/run/a/native").as_deref(), Some("/run/a/native"));
        assert_eq!(socket("tcp:sound.example:4713"), None);
        assert_eq!(socket("sound.example"), None);
        assert_eq!(socket("{4d3c"), None);
    }

    #[test]
    fn a_cookie_is_never_of_another_length() {
        assert_eq!(cookie().len(), COOKIE);
    }
}
