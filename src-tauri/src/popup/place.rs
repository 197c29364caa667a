//! Where the pop-up stands: at the bottom right of the work area of the screen with the pointer, or where the person dragged
//! it while the same screens were there.
//!
//! A place is the bottom right corner of the window, which stays when the window changes its size. All lengths are physical
//! pixels of the whole desktop.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tauri::{Monitor, PhysicalPosition, PhysicalSize};

/// A window that stands this near to where it was put was not dragged: window managers round.
const NEAR: i32 = 8;

/// One screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Screen {
    /// All of it.
    pub whole: Area,
    /// Without panels.
    pub work: Area,
}

/// A rectangle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Area {
    pub x: i32,
    pub y: i32,
    pub width: i32,
    pub height: i32,
}

/// The bottom right corner of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Corner {
    x: i32,
    y: i32,
}

/// Places that were chosen by dragging, one for each set of screens; kept in a file.
#[derive(Default)]
pub struct Places {
    file: Option<PathBuf>,
    chosen: BTreeMap<String, Corner>,
}

impl Area {
    fn new(position: PhysicalPosition<i32>, size: PhysicalSize<u32>) -> Self {
        Self { x: position.x, y: position.y, width: size.width as i32, height: size.height as i32 }
    }

    /// How far a point is away, squared; 0 inside.
    fn away(self, x: i32, y: i32) -> i64 {
        let beyond = |at: i32, start: i32, length: i32| i64::from((start - at).max(at - (start + length)).max(0));
        beyond(x, self.x, self.width).pow(2) + beyond(y, self.y, self.height).pow(2)
    }
}

impl From<&Monitor> for Screen {
    fn from(monitor: &Monitor) -> Self {
        let work = monitor.work_area();
        Self { whole: Area::new(*monitor.position(), *monitor.size()), work: Area::new(work.position, work.size) }
    }
}

impl Corner {
    /// That of a window as it stands.
    pub fn of(position: PhysicalPosition<i32>, size: PhysicalSize<u32>) -> Self {
        Self { x: position.x + size.width as i32, y: position.y + size.height as i32 }
    }

    /// Bottom right of a screen's work area, `inset` in.
    pub fn usual(screen: &Screen, inset: i32) -> Self {
        let work = screen.work;
        Self { x: work.x + work.width - inset, y: work.y + work.height - inset }
    }

    /// Whether a window that stands here was dragged away from `put`.
    pub fn was_dragged_from(self, put: Self) -> bool {
        (self.x - put.x).abs() > NEAR || (self.y - put.y).abs() > NEAR
    }

    /// Top left of a window of this size, moved into the work area of the nearest screen if it would not be inside.
    pub fn top_left(self, size: PhysicalSize<u32>, screens: &[Screen]) -> PhysicalPosition<i32> {
        let (width, height) = (size.width as i32, size.height as i32);
        let (x, y) = (self.x - width, self.y - height);
        let Some(screen) = screens.iter().min_by_key(|screen| screen.whole.away(x + width / 2, y + height / 2)) else {
            return PhysicalPosition::new(x, y);
        };
        let within = |at: i32, start: i32, room: i32, length: i32| at.min(start + room - length).max(start);
        let work = screen.work;
        PhysicalPosition::new(within(x, work.x, work.width, width), within(y, work.y, work.height, height))
    }
}

impl Places {
    /// As they were kept; none if there are none, or they cannot be read.
    pub fn open(file: PathBuf) -> Self {
        let read = std::fs::read(&file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Self { file: Some(file), chosen: read.unwrap_or_default() }
    }

    /// Where the pop-up was dragged to with these screens.
    pub fn chosen(&self, screens: &[Screen]) -> Option<Corner> {
        self.chosen.get(&set_of(screens)).copied()
    }

    /// The person dragged it there.
    pub fn choose(&mut self, screens: &[Screen], corner: Corner) {
        if self.chosen.insert(set_of(screens), corner) == Some(corner) {
            return;
        }
        let Some(file) = &self.file else { return };
        let kept = serde_json::to_vec(&self.chosen).map_err(std::io::Error::other).and_then(|bytes| {
            let fresh = file.with_extension("new");
            std::fs::write(&fresh, bytes).and_then(|()| std::fs::rename(&fresh, file))
        });
        if let Err(error) = kept {
            tracing::warn!(%error, "the place of the pop-up is not kept");
        }
    }
}

/// The name of a set of screens: their sizes and places, in order.
fn set_of(screens: &[Screen]) -> String {
    let mut all: Vec<Area> = screens.iter().map(|screen| screen.whole).collect();
    all.sort();
    let names: Vec<String> = all.iter().map(|a| format!("{}x{}{:+}{:+}", a.width, a.height, a.x, a.y)).collect();
    names.join(" ")
}

#[cfg(test)]
mod tests {
    use tauri::{PhysicalPosition, PhysicalSize};

    use super::{Area, Corner, Places, Screen};

    const RINGING: PhysicalSize<u32> = PhysicalSize { width: 400, height: 260 };
    const BAR: PhysicalSize<u32> = PhysicalSize { width: 400, height: 144 };

    /// A screen with a panel of 30 pixels at its top.
    fn screen(x: i32, y: i32, width: i32, height: i32) -> Screen {
        Screen { whole: Area { x, y, width, height }, work: Area { x, y: y + 30, width, height: height - 30 } }
    }

    #[test]
    fn its_usual_place_is_the_bottom_right_of_the_work_area() {
        let right = screen(1920, 0, 1280, 900);
        let corner = Corner::usual(&right, 16);
        let screens = [screen(0, 0, 1920, 1080), right];
        assert_eq!(corner.top_left(RINGING, &screens), PhysicalPosition::new(1920 + 1280 - 416, 900 - 276));
        assert_eq!(corner.top_left(BAR, &screens), PhysicalPosition::new(1920 + 1280 - 416, 900 - 160), "same corner");
    }

    #[test]
    fn a_small_screen_shows_its_top_left() {
        let tiny = screen(5, 5, 300, 230);
        assert_eq!(Corner::usual(&tiny, 16).top_left(RINGING, &[tiny]), PhysicalPosition::new(5, 35));
    }

    #[test]
    fn a_place_beyond_the_screens_moves_inside() {
        let only = screen(0, 0, 1366, 900);
        // Dragged there while a second screen stood at the right; then it went.
        let gone = Corner::of(PhysicalPosition::new(2000, 400), RINGING);
        assert_eq!(gone.top_left(RINGING, &[only]), PhysicalPosition::new(966, 400));
        let above = Corner::of(PhysicalPosition::new(100, -100), RINGING);
        assert_eq!(above.top_left(RINGING, &[only]), PhysicalPosition::new(100, 30), "not under the panel");
        assert_eq!(gone.top_left(RINGING, &[]), PhysicalPosition::new(2000, 400));
    }

    #[test]
    fn a_drag_is_more_than_a_window_manager_rounds() {
        let put = Corner { x: 1000, y: 800 };
        assert!(!Corner { x: 1004, y: 796 }.was_dragged_from(put));
        assert!(Corner { x: 1000, y: 780 }.was_dragged_from(put));
    }

    #[test]
    fn each_set_of_screens_has_its_own_place_and_keeps_it() {
        let folder = std::env::temp_dir().join(format!("timbre-places-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("pop-up.json");
        let (one, two) = (screen(0, 0, 1366, 900), screen(1366, 0, 1920, 1080));
        let (alone, beside) = (Corner { x: 500, y: 500 }, Corner { x: 2000, y: 600 });
        let mut places = Places::open(file.clone());
        assert_eq!(places.chosen(&[one]), None);
        places.choose(&[one], alone);
        places.choose(&[one, two], beside);
        let places = Places::open(file.clone());
        assert_eq!(places.chosen(&[one]), Some(alone));
        assert_eq!(places.chosen(&[two, one]), Some(beside), "in any order");
        assert_eq!(places.chosen(&[two]), None);
        std::fs::write(&file, "not ours").unwrap();
        assert_eq!(Places::open(file).chosen(&[one]), None);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
