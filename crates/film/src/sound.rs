//! Sound: what a film sounds like, worked out from the same recording and the same clock as its pictures.
//! Lamps and GO, a tick for text whose pitch is the lane's rate, a chime at each finish; nothing is sampled, all of it is computed.

mod score;
mod synth;
mod wav;

pub(super) use score::FilmScore;
pub use wav::WavWriter;
pub(super) use wav::write;
