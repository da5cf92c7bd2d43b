//! What a film says of itself besides its race.

/// What a film says of itself.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FilmCredits {
    /// The day of the race, as `2026-07-02`; empty when nobody wrote it down.
    pub day: String,
    /// Name and version of the program that recorded it.
    pub tool: String,
    /// That program's own error, in words, if it is known.
    pub calibration: Option<String>,
}
