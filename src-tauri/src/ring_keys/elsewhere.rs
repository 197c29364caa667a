//! Windows and macOS: the system hands keys to who registered them.

use tauri::AppHandle;
use tauri_plugin_global_shortcut::{Builder, Code, GlobalShortcutExt, Shortcut, ShortcutState};

use super::{Key, press};
use crate::Shell;

const KEYS: [(Code, Key); 2] = [(Code::F8, Key::Answer), (Code::F9, Key::Decline)];

/// The keys, until it is dropped.
pub struct Keys(AppHandle);

/// What the window library needs for it.
pub fn plugin() -> tauri::plugin::TauriPlugin<Shell> {
    let told = |app: &AppHandle, pressed: &Shortcut, state: ShortcutState| {
        let key = KEYS.iter().find(|(code, _)| *code == pressed.key);
        if let Some((_, key)) = key.filter(|_| state == ShortcutState::Pressed) {
            press(app, *key);
        }
    };
    Builder::new().with_handler(move |app, key, event| told(app, key, event.state())).build()
}

impl Keys {
    /// Takes them; if they are not to be had, the log tells.
    pub fn take(app: &AppHandle) -> Self {
        for (code, _) in KEYS {
            if let Err(error) = app.global_shortcut().register(Shortcut::new(None, code)) {
                tracing::info!(%error, "a key is not to be had");
            }
        }
        Self(app.clone())
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        for (code, _) in KEYS {
            if let Err(error) = self.0.global_shortcut().unregister(Shortcut::new(None, code)) {
                tracing::debug!(%error, "a key was not ours");
            }
        }
    }
}
