//! Whether the echo canceller is of use: it takes a little of every voice that it works on, and a headset has no echo.

/// What the agent wishes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EchoWish {
    /// As the devices are and as it is measured.
    #[default]
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

/// What is played on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// On the head or at the ear.
    Headset,
    /// Into the room.
    Speaker,
    /// The system does not say: a socket into which either is put.
    #[default]
    Unknown,
}

/// An echo softer than what was played by less than this is heard by the other side, dB …
const HEARD_DB: f32 = 30.0;
/// … and one softer by more than this is not: ITU-T G.131 asks for 40 and more in all, and the line adds its own.
const UNHEARD_DB: f32 = 38.0;
/// Seconds of far speech with echo until it is cancelled.
const COMES: u32 = 2;
/// Seconds of far speech without until it no longer is.
const GOES: u32 = 8;

/// Decides.
#[derive(Clone, Debug, Default)]
pub struct EchoNeed {
    wish: EchoWish,
    form: Form,
    measured: bool,
    /// Figures one after the other that speak for a change.
    against: u32,
}

impl EchoNeed {
    /// Another wish.
    pub fn wish(&mut self, wish: EchoWish) {
        self.wish = wish;
    }

    /// Another speaker: what was measured is forgotten.
    pub fn plugged(&mut self, form: Form) {
        *self = Self { wish: self.wish, form, measured: form != Form::Headset, against: 0 };
    }

    /// A figure of [`super::EchoMeter`].
    pub fn measured(&mut self, loss_db: f32) {
        let (speaks, enough) = if self.measured { (loss_db > UNHEARD_DB, GOES) } else { (loss_db < HEARD_DB, COMES) };
        self.against = if speaks { self.against + 1 } else { 0 };
        // Into a room there is always an echo; where none is found the microphone was covered.
        if self.against >= enough && !(self.measured && self.form == Form::Speaker) {
            self.measured = !self.measured;
            self.against = 0;
        }
    }

    /// Whether echo is cancelled now.
    pub fn cancels(&self) -> bool {
        match self.wish {
            EchoWish::Auto => self.measured,
            EchoWish::On => true,
            EchoWish::Off => false,
        }
    }

    /// Whether figures are of use.
    pub fn measures(&self) -> bool {
        self.wish == EchoWish::Auto
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(form: Form, figures: &[(f32, usize)]) -> bool {
        let mut need = EchoNeed::default();
        need.plugged(form);
        figures.iter().for_each(|(db, times)| (0..*times).for_each(|_| need.measured(*db)));
        need.cancels()
    }

    #[test]
    fn a_headset_is_left_alone_until_it_leaks_and_a_socket_until_it_does_not() {
        assert!(!after(Form::Headset, &[(60.0, 30)]));
        assert!(!after(Form::Headset, &[(20.0, 1), (60.0, 1), (20.0, 1)]), "one figure is chance");
        assert!(after(Form::Headset, &[(20.0, 2)]), "a headset on the table");
        assert!(!after(Form::Headset, &[(20.0, 2), (60.0, 8)]), "taken up again");
        assert!(after(Form::Unknown, &[(34.0, 100)]));
        assert!(after(Form::Unknown, &[(45.0, 7), (20.0, 1), (45.0, 7)]));
        assert!(!after(Form::Unknown, &[(45.0, 8)]));
        assert!(after(Form::Speaker, &[(60.0, 100)]));
    }

    #[test]
    fn a_wish_is_a_wish() {
        let mut need = EchoNeed::default();
        need.plugged(Form::Headset);
        need.wish(EchoWish::On);
        assert!(need.cancels() && !need.measures());
        need.plugged(Form::Speaker);
        need.wish(EchoWish::Off);
        assert!(!need.cancels());
        need.wish(EchoWish::Auto);
        assert!(need.cancels() && need.measures());
    }
}
