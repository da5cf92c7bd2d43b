//! At which hours of the day watches found a contestant down.

use maud::{Markup, html};

use crate::drawing::DrawingText;
use crate::heat::{HeatCell, HeatRow, heat_map};
use speed_kings_core::format;
use speed_kings_results::history::{UptimeCount, UptimeSeries, by_hour};

/// The map of all contestants of watches; nothing without any.
pub(super) fn drawing(watched: &[UptimeSeries]) -> Markup {
    if watched.is_empty() {
        return html! {};
    }
    let names: Vec<String> = watched.iter().map(UptimeSeries::label).collect();
    let cell = |count: &UptimeCount| {
        let (up, _) = count.share()?;
        let told = format!("up {}, {} of {} probes", format::percent(up), count.up, count.all);
        Some(HeatCell { much: 1.0 - up, told })
    };
    let row = |(one, name)| {
        let of: &UptimeSeries = one;
        let hours = of.hours.iter().filter_map(|(hour, count)| Some((*hour, cell(count)?)));
        HeatRow { name, hours: hours.collect() }
    };
    let rows: Vec<HeatRow<'_>> = watched.iter().zip(names.iter().map(String::as_str)).map(row).collect();
    let text = DrawingText {
        title: "Down by hour of the day, by watches".into(),
        told: "The share of probes that failed in each hour; the darker, the more of them. Hours without a probe are empty.".into(),
    };
    heat_map(&text, &rows, &by_hour(watched))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_as_dark_as_they_were_bad_and_stand_in_a_table_too() {
        let counts = [
            (3, UptimeCount { up: 4, all: 4 }),
            (7, UptimeCount { up: 1, all: 2 }),
            (9, UptimeCount { up: 3, all: 4 }),
        ];
        let one = UptimeSeries { name: "A<b".into(), hours: counts.into(), ..UptimeSeries::default() };
        let drawn = drawing(&[one]).into_string();
        let shades: Vec<&str> = drawn.split("fill-opacity=\"").skip(1).map(|rest| &rest[..4]).collect();
        assert_eq!(shades, ["0.15", "1.00", "0.57"], "{drawn}");
        assert!(drawn.contains("<title>Down by hour") && drawn.contains("<desc>") && drawn.contains("A&lt;b"));
        assert!(drawn.contains("%, 1 of 2 probes") && drawn.contains("The same as a table"));
        assert!(drawing(&[]).into_string().is_empty());
    }
}
