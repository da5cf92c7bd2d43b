//! What lies over a screen until a key closes it.

use ratatui_textarea::TextArea;

/// What lies over the screen.
#[derive(Debug)]
pub enum ScreenOverlay {
    /// All keys of the screen underneath.
    Help,
    /// A message to read; any of the overlay's keys closes it.
    Message(String),
    /// The prompt in the making.
    Prompt(Box<TextArea<'static>>),
    /// Where to go in a replay, as far as it is typed.
    Place(Box<TextArea<'static>>),
}
