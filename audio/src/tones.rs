//! Call progress tones and the ring.

/// What the agent hears from Timbre itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tone {
    /// The far end rings.
    Ringback(Country),
    /// The far end is busy.
    Busy(Country),
    /// A second call knocks during a call.
    CallWaiting,
    /// A held call has been waiting.
    HoldReminder,
    /// Timbre's ring for an incoming call.
    Ring,
}

/// Whose cadences are played.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Country {
    /// 425 Hz: Costa Rica, most of Latin America and Europe.
    #[default]
    Itu,
    /// 440 + 480 Hz: United States, Canada.
    NorthAmerica,
    /// 400 + 450 Hz: United Kingdom.
    UnitedKingdom,
}

impl Country {
    /// The cadences of an ISO 3166 code; unknown ones get the international 425 Hz.
    pub fn of_iso(code: &str) -> Self {
        match code.to_ascii_uppercase().as_str() {
            "US" | "CA" | "PR" | "DO" | "JM" | "BS" | "TT" | "BB" => Self::NorthAmerica,
            "GB" | "IE" => Self::UnitedKingdom,
            _ => Self::Itu,
        }
    }
}
