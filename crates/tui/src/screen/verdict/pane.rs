//! The frame of a pane of the verdict.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;
use ratatui::widgets::{Block, BorderType, Padding, Widget};

use crate::app::App;

/// A frame with a title; gives the room inside.
pub(super) fn pane(app: &App, title: &str, area: Rect, buf: &mut Buffer) -> Rect {
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(app.theme.border)
        .style(app.theme.surface)
        .title(Span::styled(format!(" {title} "), app.theme.heading))
        .padding(Padding::horizontal(1));
    let inner = block.inner(area);
    block.render(area, buf);
    inner
}
