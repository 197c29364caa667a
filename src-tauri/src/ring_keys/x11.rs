//! X11: a thread takes the keys on a connection of its own and sleeps until one is pressed. It ends when its window goes,
//! and with the connection the keys are free again.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use tauri::AppHandle;
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    ConnectionExt, CreateWindowAux, EventMask, GrabMode, Keycode, Keysym, ModMask, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;

use super::{Key, press};

/// `XK_F8` and `XK_F9`, keysymdef.h of the X11 protocol.
const KEYS: [(Keysym, Key); 2] = [(0xffc5, Key::Answer), (0xffc6, Key::Decline)];

/// Locks that may be on: capitals, and digits (by custom the second modifier).
const LOCKS: [u16; 4] = [0, 1 << 1, 1 << 4, 1 << 1 | 1 << 4];

/// The keys, until it is dropped.
pub struct Keys(Receiver<Bell>);

/// Whose window goes tells the thread that it is over.
struct Bell(Arc<RustConnection>, Window);

impl Keys {
    /// Takes them; if they are not to be had, the log tells.
    pub fn take(app: &AppHandle) -> Self {
        let (hung, bell) = sync_channel(1);
        let app = app.clone();
        let listener = move || {
            if let Err(error) = listen(&hung, |key| press(&app, key)) {
                tracing::info!(%error, "no key answers outside the window");
            }
        };
        if let Err(error) = std::thread::Builder::new().name("ring-keys".to_owned()).spawn(listener) {
            tracing::warn!(%error, "no key answers outside the window");
        }
        Self(bell)
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        // A thread that ended by itself has hung no bell, or hears none: it has given the keys back.
        let Ok(Bell(connection, window)) = self.0.recv() else { return };
        let gone = connection.destroy_window(window).map(drop).and_then(|()| connection.flush());
        if let Err(error) = gone {
            tracing::debug!(%error, "the display is gone, and the keys with it");
        }
    }
}

fn listen(hung: &SyncSender<Bell>, pressed: impl Fn(Key)) -> Result<(), Box<dyn Error>> {
    let (connection, screen) = x11rb::connect(None)?;
    let connection = Arc::new(connection);
    let root = connection.setup().roots[screen].root;
    let window = connection.generate_id()?;
    let told = CreateWindowAux::new().event_mask(EventMask::STRUCTURE_NOTIFY);
    connection.create_window(0, window, root, 0, 0, 1, 1, 0, WindowClass::INPUT_ONLY, 0, &told)?;
    let keys = grab(&connection, root)?;
    hung.send(Bell(Arc::clone(&connection), window))?;
    loop {
        match connection.wait_for_event()? {
            Event::KeyPress(key) => {
                if let Some(key) = keys.get(&key.detail) {
                    pressed(*key);
                }
            }
            Event::DestroyNotify(_) => return Ok(()),
            _ => {}
        }
    }
}

/// Takes the keys, wherever the keyboard has them. One that another program has stays with it.
fn grab(connection: &RustConnection, root: Window) -> Result<BTreeMap<Keycode, Key>, Box<dyn Error>> {
    let (first, last) = (connection.setup().min_keycode, connection.setup().max_keycode);
    let keyboard = connection.get_keyboard_mapping(first, last - first + 1)?.reply()?;
    let row = usize::from(keyboard.keysyms_per_keycode.max(1));
    let mut keys = BTreeMap::new();
    for (code, symbols) in (first..=last).zip(keyboard.keysyms.chunks(row)) {
        keys.extend(KEYS.iter().filter(|(symbol, _)| symbols.contains(symbol)).map(|(_, key)| (code, *key)));
    }
    let mut asked = Vec::new();
    for code in keys.keys() {
        for lock in LOCKS {
            asked.push(connection.grab_key(
                false,
                root,
                ModMask::from(lock),
                *code,
                GrabMode::ASYNC,
                GrabMode::ASYNC,
            )?);
        }
    }
    for grab in asked {
        if let Err(error) = grab.check() {
            tracing::info!(%error, "a key is not to be had");
        }
    }
    Ok(keys)
}
