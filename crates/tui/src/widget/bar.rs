//! A bar as text: full blocks, and the last column in eighths, so that it grows without steps.

/// The end of a bar, by eighths of a column.
const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// A bar over `share` (0 to 1) of `columns`; something is never drawn as nothing.
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded by the terminal's width")]
pub fn text(share: f64, columns: u16) -> String {
    // What a whole number of eighths was rounded up by is none of its own.
    let eighths = (share.clamp(0.0, 1.0) * f64::from(columns) * 8.0 - 1e-9).ceil() as usize;
    "█".repeat(eighths / 8) + EIGHTHS.get(eighths % 8).copied().unwrap_or_default()
}

/// The lower row of a bar that is a row and a half high, in halves of a column.
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded by the terminal's width")]
pub fn lower_half(share: f64, columns: u16) -> String {
    let halves = (share.clamp(0.0, 1.0) * f64::from(columns) * 2.0).ceil() as usize;
    "▀".repeat(halves / 2) + ["", "▘"].get(halves % 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_grow_by_eighths_and_never_vanish() {
        assert_eq!([0.0, 1e-6, 0.25, 0.5, 1.0, 7.0].map(|share| text(share, 2)), ["", "▏", "▌", "█", "██", "██"]);
        assert_eq!([0.0, 0.2, 0.5, 1.0].map(|share| lower_half(share, 2)), ["", "▘", "▀", "▀▀"]);
        assert_eq!(text(f64::NAN, 3), "");
    }
}
