//! The states of the two jugs that an answer gives as pairs, `(3, 4)`, or as the rows of a table.
//! They are followed from two empty jugs on: each must come from the one before by pouring.

use super::riddle::{JugRiddle, compiled, found};

/// From this many states on they are a pouring that can be followed.
pub(super) const CHAIN_MIN: usize = 3;
/// How many moves may lie between two states that are told: a jug may be emptied and filled in one breath.
const MOVES_MAX: usize = 2;

/// Two amounts, in the order of the answer, and where they end in it.
pub(super) type ToldState = ((u32, u32), usize);

/// All states in `text`, in order.
pub(super) fn told(text: &str) -> Vec<ToldState> {
    let mut told = pairs(text);
    told.extend(rows(text));
    told.sort_by_key(|(_, end)| *end);
    told
}

fn pairs(text: &str) -> Vec<ToldState> {
    let unit = r"\s*(?:gal\w*|l|g)?\s*";
    let pattern = format!(r"[(\[]\s*(\d{{1,2}}){unit}[,|/]\s*(\d{{1,2}}){unit}[)\]]");
    let Some(regex) = compiled(&pattern) else { return Vec::new() };
    let told = regex.captures_iter(text).filter_map(|found| {
        let number = |index| found.get(index).and_then(|digits| digits.as_str().parse().ok());
        Some(((number(1)?, number(2)?), found.get(0)?.end()))
    });
    told.collect()
}

/// The rows of tables whose header names two jugs, each by its size or as a jug.
fn rows(text: &str) -> Vec<ToldState> {
    let mut told = Vec::new();
    let mut columns: Option<(usize, usize)> = None;
    let mut place = 0;
    for line in text.split_inclusive('\n') {
        place += line.len();
        let bare = line.trim();
        if !bare.starts_with('|') {
            columns = None;
            continue;
        }
        let cells: Vec<&str> = bare.trim_matches('|').split('|').map(str::trim).collect();
        let Some((first, second)) = columns else {
            let mut jugs = cells.iter().enumerate().filter(|(_, cell)| is_jug(cell)).map(|(index, _)| index);
            columns = jugs.next().zip(jugs.next());
            continue;
        };
        let amounts =
            cells.get(first).and_then(|cell| amount(cell)).zip(cells.get(second).and_then(|cell| amount(cell)));
        told.extend(amounts.map(|amounts| (amounts, place)));
    }
    told
}

fn is_jug(cell: &str) -> bool {
    found(r"\bjug\b|\d[- ]?(gal|g\b|l\b)", cell) && !found("step|action|pour|fill", cell)
}

/// The amount that a cell begins with.
fn amount(cell: &str) -> Option<u32> {
    let digits = cell.split(|letter: char| !letter.is_ascii_digit()).next()?;
    digits.parse().ok().or_else(|| cell.starts_with("empty").then_some(0))
}

/// Where the goal stands in states that are too few to be followed.
pub(super) fn lone(jugs: &JugRiddle, told: &[ToldState]) -> Option<usize> {
    let is_goal = |(a, b): (u32, u32)| (a == jugs.goal && b <= jugs.small) || (b == jugs.goal && a <= jugs.small);
    told.iter().filter(|(pair, _)| is_goal(*pair)).map(|(_, end)| *end).next_back()
}

/// Where the goal is reached last, if pouring leads from state to state, whichever jug is named first.
pub(super) fn followed(jugs: &JugRiddle, told: &[ToldState]) -> Option<usize> {
    let turned: Vec<ToldState> = told.iter().map(|((a, b), end)| ((*b, *a), *end)).collect();
    poured(jugs, told).or_else(|| poured(jugs, &turned))
}

fn poured(jugs: &JugRiddle, told: &[ToldState]) -> Option<usize> {
    let mut known = vec![(0, 0)];
    let mut current = (0, 0);
    let mut arrived = None;
    for (state, end) in told {
        // A summary, or another way, begins again at what was there before.
        if !known.contains(state) && !reaches(jugs, current, *state) && !reaches(jugs, (0, 0), *state) {
            return None;
        }
        known.push(*state);
        current = *state;
        if state.1 == jugs.goal {
            arrived = Some(*end);
        }
    }
    arrived
}

/// Whether few moves lead from one state to another.
fn reaches(jugs: &JugRiddle, from: (u32, u32), to: (u32, u32)) -> bool {
    let mut states = vec![from];
    for _ in 0..MOVES_MAX {
        let next: Vec<_> = states.iter().flat_map(|state| moves(jugs, *state)).collect();
        states.extend(next);
    }
    states.contains(&to)
}

/// What can be done next: fill, empty, pour over.
fn moves(jugs: &JugRiddle, (small, large): (u32, u32)) -> [(u32, u32); 6] {
    let over = large.min(jugs.small.saturating_sub(small));
    let back = small.min(jugs.large.saturating_sub(large));
    [
        (jugs.small, large),
        (small, jugs.large),
        (0, large),
        (small, 0),
        (small + over, large - over),
        (small - back, large + back),
    ]
}
