//! What every drawing is made of: places in pixels, lines through them, marks that differ in shape.

use std::fmt::Write as _;

use maud::{Markup, PreEscaped, html};

/// The mark of series `number`: its shape differs from its neighbours', too.
#[must_use]
pub fn mark((x, y): (f64, f64), number: usize, colour: &str) -> Markup {
    match number % 3 {
        0 => html! { circle cx=(px(x)) cy=(px(y)) r="4.5" fill=(colour) {} },
        1 => html! { rect x=(px(x - 4.0)) y=(px(y - 4.0)) width="8" height="8" fill=(colour) {} },
        _ => {
            let corners = [(x, y - 5.5), (x + 5.0, y + 4.0), (x - 5.0, y + 4.0)];
            html! { polygon points=(line(corners)) fill=(colour) {} }
        }
    }
}

/// Places as the points of a line.
#[must_use]
pub fn line(points: impl IntoIterator<Item = (f64, f64)>) -> String {
    let mut out = String::new();
    for (x, y) in points {
        // Nothing that is written to memory fails.
        let _ = write!(out, "{x:.1},{y:.1} ");
    }
    out.trim_end().to_owned()
}

/// Places as the points of a line that goes across first and up then, from each to the next.
#[must_use]
pub fn steps(points: impl IntoIterator<Item = (f64, f64)>) -> String {
    let mut before = None;
    let corners = points.into_iter().flat_map(|(x, y)| {
        let corner = before.replace(y).map(|y| (x, y));
        corner.into_iter().chain([(x, y)])
    });
    line(corners.collect::<Vec<_>>())
}

/// A place in pixels, to a tenth.
#[must_use]
pub fn px(at: f64) -> PreEscaped<String> {
    PreEscaped(format!("{at:.1}"))
}

/// A figure along an axis, without digits that say nothing.
#[must_use]
pub fn label(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_short() {
        assert_eq!([label(0.5), label(200.0), label(1.0), label(0.0)], ["0.5", "200", "1", "0"]);
        assert_eq!(line([(1.0, 2.0), (3.04, 4.06)]), "1.0,2.0 3.0,4.1");
        assert_eq!(steps([(0.0, 0.0), (2.0, 5.0), (3.0, 9.0)]), "0.0,0.0 2.0,0.0 2.0,5.0 3.0,5.0 3.0,9.0");
    }
}
