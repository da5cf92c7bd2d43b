//! The conditions of a fair comparison, each with its reason: those that hold as well as those that don't.

use maud::{Markup, html};

use speed_kings_core::text::printable;
use speed_kings_session::bench::saved::BadgeRecord;

/// The badges as a list.
pub(crate) fn list(badges: &[BadgeRecord]) -> Markup {
    html! {
        @if !badges.is_empty() {
            ul class="badges" {
                @for badge in badges {
                    @let (class, sign, state) = match badge.holds {
                        Some(true) => ("holds", "✓", "holds"),
                        Some(false) => ("broken", "✗", "broken"),
                        None => ("unknown", "?", "not known"),
                    };
                    li class=(class) {
                        b aria-hidden="true" { (sign) }
                        strong { (printable(&badge.badge.replace('_', " "))) }
                        " " (state)
                        @if !badge.detail.is_empty() { ": " (printable(&badge.detail)) }
                    }
                }
            }
        }
    }
}
