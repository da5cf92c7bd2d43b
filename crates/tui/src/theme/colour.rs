//! Colour arithmetic: contrast as WCAG defines it, and distance and mixing in `OKLab`.
//! `OKLab` because equal steps in it look equal, which neither RGB nor HSL can say.

use ratatui::style::Color;

/// A 24-bit sRGB colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct SrgbColour(pub(super) u8, pub(super) u8, pub(super) u8);

/// A colour in `OKLab`: lightness 0 to 1, then the green-red and blue-yellow axes.
#[derive(Clone, Copy, Debug)]
pub(super) struct OklabColour(pub(super) f64, pub(super) f64, pub(super) f64);

impl SrgbColour {
    /// Reads six hexadecimal digits in the form `#rrggbb`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let [_, r, g, b] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
        Some(Self(r, g, b))
    }

    /// The components of a 24-bit colour; nothing for one whose look the terminal decides.
    pub(super) fn of(colour: Color) -> Option<Self> {
        match colour {
            Color::Rgb(r, g, b) => Some(Self(r, g, b)),
            _ => None,
        }
    }

    pub(super) fn colour(self) -> Color {
        Color::Rgb(self.0, self.1, self.2)
    }

    /// The components in linear light.
    pub(super) fn linear(self) -> [f64; 3] {
        [self.0, self.1, self.2].map(|component| {
            let value = f64::from(component) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        })
    }

    /// WCAG 2 relative luminance.
    pub(super) fn luminance(self) -> f64 {
        let [r, g, b] = self.linear();
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    /// WCAG 2 contrast ratio, 1 to 21.
    pub(super) fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    pub(super) fn lab(self) -> OklabColour {
        OklabColour::of_linear(self.linear())
    }

    /// The colour `amount` (0 to 1) of the way to `other`.
    pub(super) fn mix(self, other: Self, amount: f64) -> Self {
        let amount = amount.clamp(0.0, 1.0);
        let (OklabColour(l, a, b), OklabColour(to_l, to_a, to_b)) = (self.lab(), other.lab());
        OklabColour(l + (to_l - l) * amount, a + (to_a - a) * amount, b + (to_b - b) * amount).rgb()
    }

    /// The nearest entry of the 256-colour palette, leaving out the first 16, which every terminal paints its own way.
    pub(super) fn indexed(self) -> u8 {
        let lab = self.lab();
        let apart = |index: &u8| lab.distance(Self::of_index(*index).lab());
        (16..=u8::MAX).min_by(|a, b| apart(a).total_cmp(&apart(b))).unwrap_or(16)
    }

    /// What entry `index` (16 and up) of the 256-colour palette looks like.
    pub(super) fn of_index(index: u8) -> Self {
        if index >= 232 {
            let grey = 8 + 10 * (index - 232);
            return Self(grey, grey, grey);
        }
        let cube = index.saturating_sub(16);
        let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
        Self(level(cube / 36), level(cube / 6 % 6), level(cube % 6))
    }
}

impl OklabColour {
    /// From linear light. Constants: Björn Ottosson, "A perceptual color space for image processing", 2020.
    #[expect(clippy::many_single_char_names, reason = "the formula's own names")]
    pub(super) fn of_linear([r, g, b]: [f64; 3]) -> Self {
        let l = (0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b).cbrt();
        let m = (0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b).cbrt();
        let s = (0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b).cbrt();
        Self(
            0.210_454_255_3 * l + 0.793_617_785_0 * m - 0.004_072_046_8 * s,
            1.977_998_495_1 * l - 2.428_592_205_0 * m + 0.450_593_709_9 * s,
            0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766_0 * s,
        )
    }

    #[expect(clippy::many_single_char_names, reason = "the formula's own names")]
    fn rgb(self) -> SrgbColour {
        let Self(lightness, a, b) = self;
        let l = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
        let m = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
        let s = (lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b).powi(3);
        SrgbColour(
            encoded(4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s),
            encoded(-1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s),
            encoded(-0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701_0 * s),
        )
    }

    /// How different two colours look; 0.02 is just noticeable, black to white is 1.
    pub(super) fn distance(self, other: Self) -> f64 {
        ((self.0 - other.0).powi(2) + (self.1 - other.1).powi(2) + (self.2 - other.2).powi(2)).sqrt()
    }

    /// Colourfulness, 0 for a grey.
    pub(super) fn chroma(self) -> f64 {
        self.1.hypot(self.2)
    }

    /// How far two hues are apart on the colour wheel, 0 to π.
    pub(super) fn hue_gap(self, other: Self) -> f64 {
        let gap = (self.2.atan2(self.1) - other.2.atan2(other.1)).abs();
        gap.min(std::f64::consts::TAU - gap)
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the value is clamped to a byte's range")]
fn encoded(linear: f64) -> u8 {
    let value = if linear <= 0.003_130_8 { linear * 12.92 } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 };
    (value.clamp(0.0, 1.0) * 255.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_six_hex_digits_and_nothing_else() {
        assert_eq!(SrgbColour::parse("#0a1BfF"), Some(SrgbColour(10, 27, 255)));
        for wrong in ["", "#", "0a1bff", "#12345g", "#1234567", "#+12345", "#ééé"] {
            assert_eq!(SrgbColour::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn contrast_matches_the_standard() {
        assert!((SrgbColour(0, 0, 0).contrast(SrgbColour(255, 255, 255)) - 21.0).abs() < 1e-9);
        assert!((SrgbColour(119, 119, 119).contrast(SrgbColour(255, 255, 255)) - 4.48).abs() < 0.01);
    }

    #[test]
    fn palette_entries_are_their_own_nearest() {
        for index in [16, 21, 46, 196, 226, 231, 232, 244, 255] {
            assert_eq!(SrgbColour::of_index(SrgbColour::of_index(index).indexed()), SrgbColour::of_index(index));
        }
    }

    #[test]
    fn mixing_starts_here_and_ends_there() {
        let (from, to) = (SrgbColour(34, 211, 238), SrgbColour(10, 14, 26));
        assert_eq!((from.mix(to, 0.0), from.mix(to, 1.0), from.mix(to, 7.0)), (from, to, to));
    }
}
