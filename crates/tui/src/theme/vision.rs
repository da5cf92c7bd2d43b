//! How colours look to eyes of different kinds, and how different two of them look: CIEDE2000 over simulated dichromacy.
//! Used by the tests of the themes; no screen asks for it.

use super::colour::SrgbColour;

/// A kind of colour vision.
#[derive(Clone, Copy, Debug)]
pub(super) enum ColourVision {
    /// With all three kinds of cones.
    Usual,
    /// Without the long-wave cones.
    Protanopia,
    /// Without the middle-wave cones.
    Deuteranopia,
}

/// Machado, Oliveira and Fernandes, "A physiologically-based model for simulation of color vision deficiency", 2009:
/// severity 1, in linear light.
const PROTANOPIA: [[f64; 3]; 3] =
    [[0.152_286, 1.052_583, -0.204_868], [0.114_503, 0.786_281, 0.099_216], [-0.003_882, -0.048_116, 1.051_998]];
const DEUTERANOPIA: [[f64; 3]; 3] =
    [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]];

/// Linear sRGB to CIE XYZ, and the white of D65: IEC 61966-2-1.
const XYZ: [[f64; 3]; 3] = [
    [0.412_456_4, 0.357_576_1, 0.180_437_5],
    [0.212_672_9, 0.715_152_2, 0.072_175_0],
    [0.019_333_9, 0.119_192_0, 0.950_304_1],
];
const WHITE: [f64; 3] = [0.950_47, 1.0, 1.088_83];

fn times(matrix: [[f64; 3]; 3], vector: [f64; 3]) -> [f64; 3] {
    matrix.map(|row| row.iter().zip(vector).map(|(a, b)| a * b).sum::<f64>())
}

impl ColourVision {
    /// The linear light that such an eye would take `rgb` for.
    pub(super) fn seen(self, rgb: SrgbColour) -> [f64; 3] {
        let matrix = match self {
            Self::Usual => return rgb.linear(),
            Self::Protanopia => PROTANOPIA,
            Self::Deuteranopia => DEUTERANOPIA,
        };
        times(matrix, rgb.linear()).map(|component| component.clamp(0.0, 1.0))
    }

    /// How different two colours look to such an eye, by CIEDE2000.
    pub(super) fn difference(self, a: SrgbColour, b: SrgbColour) -> f64 {
        ciede2000(cielab(self.seen(a)), cielab(self.seen(b)))
    }
}

/// CIE L*a*b* of linear light under D65: CIE 15:2018.
fn cielab(linear: [f64; 3]) -> [f64; 3] {
    let xyz = times(XYZ, linear);
    let curve = |ratio: f64| {
        if ratio > 216.0 / 24_389.0 { ratio.cbrt() } else { (24_389.0 / 27.0 * ratio + 16.0) / 116.0 }
    };
    let [x, y, z] = [0, 1, 2].map(|axis| curve(xyz[axis] / WHITE[axis]));
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// Sharma, Wu and Dalal, "The CIEDE2000 color-difference formula", 2005, with all parametric factors 1.
#[expect(clippy::many_single_char_names, reason = "the formula's own names")]
fn ciede2000([l1, a1, b1]: [f64; 3], [l2, a2, b2]: [f64; 3]) -> f64 {
    let seventh = |chroma: f64| (chroma.powi(7) / (chroma.powi(7) + 25f64.powi(7))).sqrt();
    let g = 0.5 * (1.0 - seventh(f64::midpoint(a1.hypot(b1), a2.hypot(b2))));
    let (a1, a2) = ((1.0 + g) * a1, (1.0 + g) * a2);
    let (c1, c2) = (a1.hypot(b1), a2.hypot(b2));
    let hue = |a: f64, b: f64| b.atan2(a).to_degrees().rem_euclid(360.0);
    let (h1, h2) = (hue(a1, b1), hue(a2, b2));
    let grey = c1 * c2 == 0.0;
    let turn = match h2 - h1 {
        _ if grey => 0.0,
        turn if turn > 180.0 => turn - 360.0,
        turn if turn < -180.0 => turn + 360.0,
        turn => turn,
    };
    let (dl, dc) = (l2 - l1, c2 - c1);
    let dh = 2.0 * (c1 * c2).sqrt() * (turn / 2.0).to_radians().sin();
    let (l, c) = (f64::midpoint(l1, l2), f64::midpoint(c1, c2));
    let h = match h1 + h2 {
        sum if grey => sum,
        sum if (h1 - h2).abs() <= 180.0 => sum / 2.0,
        sum if sum < 360.0 => f64::midpoint(sum, 360.0),
        sum => (sum - 360.0) / 2.0,
    };
    let cos = |degrees: f64| degrees.to_radians().cos();
    let t = 1.0 - 0.17 * cos(h - 30.0) + 0.24 * cos(2.0 * h) + 0.32 * cos(3.0 * h + 6.0) - 0.20 * cos(4.0 * h - 63.0);
    let sl = 1.0 + 0.015 * (l - 50.0).powi(2) / (20.0 + (l - 50.0).powi(2)).sqrt();
    let (sc, sh) = (1.0 + 0.045 * c, 1.0 + 0.015 * c * t);
    let rotation = -2.0 * seventh(c) * (60.0 * (-((h - 275.0) / 25.0).powi(2)).exp()).to_radians().sin();
    let (l, c, h) = (dl / sl, dc / sc, dh / sh);
    (l * l + c * c + h * h + rotation * c * h).sqrt()
}

#[test]
fn differences_are_those_of_the_paper() {
    // Pairs 1, 7, 13, 17 and 34 of table 1 there.
    let pairs = [
        ([50.0, 2.6772, -79.7751], [50.0, 0.0, -82.7485], 2.0425),
        ([50.0, 0.0, 0.0], [50.0, -1.0, 2.0], 2.3669),
        ([50.0, -0.001, 2.49], [50.0, 0.0009, -2.49], 4.8045),
        ([50.0, 2.5, 0.0], [73.0, 25.0, -18.0], 27.1492),
        ([2.0776, 0.0795, -1.1350], [0.9033, -0.0636, -0.5514], 0.9082),
    ];
    for (a, b, expected) in pairs {
        assert!((ciede2000(a, b) - expected).abs() < 1e-4, "{a:?} {b:?}: {}", ciede2000(a, b));
        assert!((ciede2000(b, a) - expected).abs() < 1e-4);
    }
}
