//! Running text on a screen: how many rows it takes, and as much of it as there is room for.
//! What had to be left out is told by an ellipsis.

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::Text;
use ratatui::widgets::{Paragraph, Widget, Wrap};

use crate::theme::Theme;
use crate::widget::transcript::{TextLook, TextTone};

/// More rows than any text on a screen takes.
const MOST: u16 = 200;
/// Stands where a text ends while its rows are counted.
const MARK: &str = "█";

/// How a part of an answer looks whose running text is `plain`.
pub(super) fn style(theme: &Theme, plain: Style, look: TextLook) -> Style {
    let tone = match look.tone {
        TextTone::Plain => plain,
        TextTone::Heading => theme.heading,
        TextTone::Code => theme.code,
        TextTone::Keyword => theme.code_keyword,
        TextTone::StringLiteral => theme.code_string,
        TextTone::Constant => theme.code_constant,
        TextTone::Comment => theme.code_comment,
        TextTone::TypeName => theme.code_type,
        TextTone::Link => theme.link,
        TextTone::Mark => theme.muted,
        TextTone::Quote => theme.quote,
    };
    let set = |wanted: bool, modifier| if wanted { modifier } else { Modifier::empty() };
    tone.add_modifier(
        set(look.strong, Modifier::BOLD)
            | set(look.emphasis, Modifier::ITALIC)
            | set(look.struck, Modifier::CROSSED_OUT),
    )
}

/// How many rows `text` takes in `width` columns, up to [`MOST`].
pub(super) fn rows(text: &Text<'_>, alignment: Alignment, width: u16) -> u16 {
    // Drawn once out of sight: only the widget itself knows how it wraps.
    let mut text = text.clone();
    text.push_line(MARK);
    let wide = usize::from(width.max(1));
    // Two rows together are wider than one, or the second would stand on the first.
    let bound: usize = text.lines.iter().map(|line| 2 * line.width() / wide + 2).sum();
    let area = Rect::new(0, 0, width.max(1), u16::try_from(bound).unwrap_or(MOST).min(MOST));
    let mut buf = Buffer::empty(area);
    wrapped(text, alignment).render(area, &mut buf);
    let marked = |y: &u16| (0..area.width).any(|x| buf.cell((x, *y)).is_some_and(|cell| cell.symbol() == MARK));
    (0..area.height).rev().find(marked).unwrap_or(MOST)
}

/// Draws `text`, with an ellipsis at its end where there is no room for all of it.
pub(super) fn draw(text: Text<'static>, alignment: Alignment, area: Rect, buf: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let whole = rows(&text, alignment, area.width) <= area.height;
    wrapped(text, alignment).render(area, buf);
    if whole {
        return;
    }
    let y = area.bottom() - 1;
    let blank = |x: &u16| buf.cell((*x, y)).is_none_or(|cell| cell.symbol() == " ");
    let end = (area.left()..area.right()).rev().find(|x| !blank(x)).map_or(area.left(), |x| x + 1);
    let style = buf.cell((end.saturating_sub(1).max(area.left()), y)).map(ratatui::buffer::Cell::style);
    buf.set_string(end.min(area.right() - 1), y, "…", style.unwrap_or_default());
}

fn wrapped(text: Text<'_>, alignment: Alignment) -> Paragraph<'_> {
    // What stands at the left may be indented.
    Paragraph::new(text).alignment(alignment).wrap(Wrap { trim: alignment != Alignment::Left })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(text: &str, width: u16, height: u16) -> Vec<String> {
        let area = Rect::new(0, 0, width, height);
        let mut buf = Buffer::empty(area);
        draw(Text::raw(text.to_owned()), Alignment::Left, area, &mut buf);
        let row = |y| (0..width).map(|x| buf[(x, y)].symbol()).collect::<String>().trim_end().to_owned();
        (0..height).map(row).collect()
    }

    #[test]
    fn what_is_left_out_is_told() {
        let text = "who came home first";
        assert_eq!(rows(&Text::raw(text), Alignment::Center, 19), 1);
        assert_eq!(drawn(text, 19, 1), [text]);
        assert_eq!(rows(&Text::raw(text), Alignment::Center, 10), 2);
        assert_eq!(drawn(text, 10, 2), ["who came", "home first"]);
        assert_eq!(drawn(text, 10, 1), ["who came…"]);
        assert_eq!(drawn(text, 8, 1), ["who cam…"]);
        assert_eq!(rows(&Text::raw("a\n\nb"), Alignment::Left, 9), 3);
        assert_eq!(drawn(text, 0, 0), Vec::<String>::new());
    }
}
