//! The frame of a pane that stands by itself: of a list, of what is told beside it, of a part of the verdict.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;
use ratatui::widgets::{Block, BorderType, Padding, Widget};

use crate::app::App;

/// A frame with a title; gives the room inside.
pub(super) fn pane(app: &App, title: &str, area: Rect, buf: &mut Buffer) -> Rect {
    framed(app, Span::styled(format!(" {title} "), app.theme.heading), app.theme.border, area, buf)
}

/// The same with a title and a frame in styles of their own.
pub(super) fn framed(app: &App, title: Span<'_>, border: Style, area: Rect, buf: &mut Buffer) -> Rect {
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(border)
        .style(app.theme.surface)
        .title(title)
        .padding(Padding::horizontal(1));
    let inner = block.inner(area);
    block.render(area, buf);
    inner
}
