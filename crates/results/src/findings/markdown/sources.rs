//! What a figure of the page rests on: when that was measured, and in which files it lies.

use std::collections::BTreeSet;

use super::cells::{cell, day};
use super::page::FindingsPage;
use speed_kings_core::format;

/// Files that are named one by one behind an answer; beyond them only their number is told.
const NAMED: usize = 4;

impl FindingsPage<'_> {
    /// When it was measured, and the numbers of its files in the list at the end.
    pub(super) fn sources(&self, numbers: &BTreeSet<usize>) -> String {
        let files: Vec<_> = numbers.iter().filter_map(|number| self.findings.evidence.get(*number)).collect();
        let simulated = files.iter().filter(|file| file.is_simulated()).count();
        let sim = match simulated {
            0 => "",
            all if all == files.len() => ", SIM",
            _ => ", partly SIM",
        };
        let of = if numbers.len() == 1 { "file" } else { "files" };
        format!("{}; {of} {}{sim}", self.measured(numbers), ranges(numbers))
    }

    /// The same with the files by their names, for a sentence that stands alone.
    pub(super) fn named_sources(&self, numbers: &BTreeSet<usize>) -> String {
        let files: Vec<_> = numbers.iter().filter_map(|number| self.findings.evidence.get(*number)).collect();
        let names: Vec<String> = files.iter().take(NAMED).map(|file| format!("`{}`", cell(&file.file))).collect();
        let more = files.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{}; {}{more}", self.measured(numbers), names.join(", "))
    }

    /// The days of these files, and whether one of them is old.
    fn measured(&self, numbers: &BTreeSet<usize>) -> String {
        let files = || numbers.iter().filter_map(|number| self.findings.evidence.get(*number));
        let days: BTreeSet<String> = files().map(|file| day(file.at)).collect();
        let days = match (days.first(), days.last()) {
            (Some(first), Some(last)) if first != last => format!("{first} to {last}"),
            (Some(only), _) => only.clone(),
            _ => format::ABSENT.to_owned(),
        };
        let stale = if files().any(|file| self.findings.is_stale(file)) { ", **stale**" } else { "" };
        format!("{days}{stale}")
    }
}

/// The places from 1, with those in a row as from and to: `1–3, 7`.
fn ranges(places: &BTreeSet<usize>) -> String {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for place in places.iter().map(|place| place + 1) {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == place => *last = place,
            _ => ranges.push((place, place)),
        }
    }
    let named = |(first, last): &(usize, usize)| match last - first {
        0 => first.to_string(),
        1 => format!("{first}, {last}"),
        _ => format!("{first}–{last}"),
    };
    ranges.iter().map(named).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_in_a_row_are_one_range() {
        let of = |places: &[usize]| ranges(&places.iter().copied().collect());
        assert_eq!([of(&[0]), of(&[0, 1]), of(&[0, 1, 2, 6, 8, 9])], ["1", "1, 2", "1–3, 7, 9, 10"]);
    }
}
