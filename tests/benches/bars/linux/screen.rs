//! A look at the screen, as a user has it: pixels.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{ConnectionExt, ImageFormat};
use x11rb::rust_connection::RustConnection;

/// How long a picture may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// What the pop-up of a call changes at least, pixels.
const CHANGED: usize = 300;
/// Colours that letters have at least: their edges are smooth.
const COLOURS: usize = 12;
/// What a blinking cursor or a clock changes at most, pixels.
const NOISE: usize = 150;

/// How long a screen does not change that has come to rest.
const STILL: Duration = Duration::from_millis(300);

/// A part of the screen.
#[derive(Clone, Copy, Debug)]
pub enum Area {
    /// Bottom right, where pop-ups are.
    Corner,
    /// All of it.
    Everywhere,
}

impl Area {
    /// Width and height at the bottom right of a screen of this size, pixels.
    fn within(self, width: u16, height: u16) -> (u16, u16) {
        match self {
            Self::Corner => (width.min(480), height.min(280)),
            Self::Everywhere => (width, height),
        }
    }
}

/// A connection to an X server.
pub struct Screen {
    connection: RustConnection,
    root: u32,
    area: Area,
    place: (i16, i16),
    size: (u16, u16),
}

/// What stood there: four bytes a pixel.
pub struct Picture(Vec<u8>);

impl Screen {
    /// Connects to `display`.
    pub fn connect(display: &str, area: Area) -> Result<Self> {
        let (connection, number) = x11rb::connect(Some(display))?;
        let screen = &connection.setup().roots[number];
        let (root, right, bottom) = (screen.root, screen.width_in_pixels, screen.height_in_pixels);
        let size = area.within(right, bottom);
        Ok(Self { connection, root, area, place: ((right - size.0) as i16, (bottom - size.1) as i16), size })
    }

    /// What stands there now.
    pub fn look(&self) -> Result<Picture> {
        let ((x, y), (width, height)) = (self.place, self.size);
        let image = self.connection.get_image(ImageFormat::Z_PIXMAP, self.root, x, y, width, height, !0)?;
        Ok(Picture(image.reply()?.data))
    }

    /// When something with letters stands there that was not there `before`.
    pub fn wait_until_written_on(&self, before: &Picture) -> Result<Instant> {
        self.wait("nothing new is to be read", |now| {
            let changed = now.changed_since(before);
            changed.len() >= CHANGED && changed.into_iter().collect::<HashSet<_>>().len() >= COLOURS
        })
    }

    /// Waits until what was announced is over: the corner looks as `before`, the rest of a screen keeps still.
    pub fn wait_until_calm(&self, before: &Picture) -> Result<Instant> {
        let mut last = None::<Picture>;
        self.wait("it does not look as before", |now| match self.area {
            Area::Corner => now.changed_since(before).len() < NOISE,
            Area::Everywhere => {
                std::thread::park_timeout(STILL);
                let last = last.replace(Picture(now.0.clone()));
                last.is_some_and(|last| now.changed_since(&last).len() < NOISE)
            }
        })
    }

    fn wait(&self, complaint: &str, mut fits: impl FnMut(&Picture) -> bool) -> Result<Instant> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let picture = self.look()?;
            let seen = Instant::now();
            if fits(&picture) {
                return Ok(seen);
            }
            if seen > deadline {
                bail!("{complaint}");
            }
            std::thread::park_timeout(Duration::from_millis(2));
        }
    }
}

impl Picture {
    /// The pixels that differ.
    fn changed_since(&self, before: &Self) -> Vec<[u8; 3]> {
        let pairs = self.0.chunks_exact(4).zip(before.0.chunks_exact(4));
        pairs.filter(|(now, then)| now != then).map(|(now, _)| [now[0], now[1], now[2]]).collect()
    }
}
