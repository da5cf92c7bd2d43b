//! Strips: the states of a part of a row one below the other, and the style that moves them past a window in steps.
//! Parts that change at the same moments share their style, and states that occur twice are drawn once.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use ratatui::buffer::Cell;

use super::markup::{RowMarkup, append};
use super::row::spots;
use super::shape::{HEIGHT, WIDTH};
use speed_kings_core::time::Period;

/// Columns that stand still between two parts that change before they are two parts.
const BRIDGE: usize = 4;
/// A state that takes fewer bytes than this is written again rather than referred to.
const WORTH_A_NAME: usize = 64;

/// What one row of a scene shows, and from when on.
#[derive(Debug, Default)]
pub(super) struct SceneRow(Vec<(Period, Vec<Cell>)>);

impl SceneRow {
    /// From `at` on, it shows `cells`.
    pub(super) fn add(&mut self, at: Period, cells: &[Cell]) {
        if self.0.last().is_none_or(|(_, shown)| shown != cells) {
            self.0.push((at, cells.to_vec()));
        }
    }

    /// How many cells it holds.
    pub(super) fn held(&self) -> usize {
        self.0.iter().map(|(_, cells)| cells.len()).sum()
    }

    /// The columns that change. No wide symbol lies across the edge of a part, in any of its states.
    fn parts(&self) -> Vec<Range<usize>> {
        let Some((_, first)) = self.0.first() else { return Vec::new() };
        let mut moving = vec![false; first.len()];
        for (_, cells) in &self.0 {
            for (moves, (cell, first)) in moving.iter_mut().zip(cells.iter().zip(first)) {
                *moves |= cell != first;
            }
        }
        let mut parts = Vec::new();
        loop {
            join(&moving, &mut parts);
            let mut grown = false;
            for (_, cells) in &self.0 {
                for spot in spots(cells).filter(|spot| spot.width > 1) {
                    let covers = usize::from(spot.x)..usize::from(spot.x + spot.width);
                    let inside = |part: &Range<usize>| part.start <= covers.start && covers.end <= part.end;
                    let touches = |part: &Range<usize>| part.start < covers.end && covers.start < part.end;
                    if parts.iter().any(|part| touches(part) && !inside(part)) {
                        grown = true;
                        moving.iter_mut().take(covers.end).skip(covers.start).for_each(|moves| *moves = true);
                    }
                }
            }
            if !grown {
                return parts;
            }
        }
    }
}

/// Puts the runs of `moving` into `parts`, those close together as one.
fn join(moving: &[bool], parts: &mut Vec<Range<usize>>) {
    parts.clear();
    for (column, _) in moving.iter().enumerate().filter(|(_, moves)| **moves) {
        match parts.last_mut() {
            Some(part) if column <= part.end + BRIDGE => part.end = column + 1,
            _ => parts.push(column..column + 1),
        }
    }
}

/// A part of a row with its states as they are drawn.
struct RowStrip {
    x: usize,
    y: usize,
    columns: usize,
    states: Vec<(Period, String)>,
}

/// The names and styles given out so far.
#[derive(Debug, Default)]
pub(super) struct StyleNames {
    /// The moments at which a strip moves on, with the number of their style.
    moves: BTreeMap<Vec<Period>, usize>,
    scenes: Vec<(Period, Option<Period>)>,
    states: usize,
}

impl StyleNames {
    /// The class of a scene that is seen from `begins` to `end`.
    pub(super) fn scene(&mut self, begins: Period, end: Option<Period>) -> String {
        self.scenes.push((begins, end));
        format!("s{}", self.scenes.len() - 1)
    }

    /// `rows` of one scene, drawn: for each, first what stands still, then its strips.
    pub(super) fn strips(&mut self, rows: &[SceneRow], markup: &mut RowMarkup) -> Vec<String> {
        let mut drawn = Vec::new();
        let mut strips = Vec::new();
        for (y, row) in rows.iter().enumerate() {
            let parts = row.parts();
            let still = still(row, &parts, markup);
            if !still.is_empty() {
                drawn.push(format!("<g transform=\"translate(0 {})\">{still}</g>\n", down(y)));
            }
            strips.extend(parts.into_iter().map(|part| RowStrip::of(row, &part, y, markup)));
        }
        let mut uses: HashMap<&str, usize> = HashMap::new();
        for (_, state) in strips.iter().flat_map(|strip| &strip.states) {
            *uses.entry(state).or_default() += 1;
        }
        let mut named: HashMap<&str, usize> = HashMap::new();
        for strip in &strips {
            drawn.push(self.strip(strip, &uses, &mut named));
        }
        drawn
    }

    fn strip<'a>(
        &mut self,
        strip: &'a RowStrip,
        uses: &HashMap<&str, usize>,
        named: &mut HashMap<&'a str, usize>,
    ) -> String {
        let next = self.moves.len();
        let moments = strip.states.iter().skip(1).map(|(at, _)| *at).collect();
        let class = *self.moves.entry(moments).or_insert(next);
        let mut out = String::new();
        append(
            &mut out,
            format_args!(
                "<svg x=\"{}\" y=\"{}\" width=\"{}\" height=\"{HEIGHT}\"><g class=\"k m{class}\">",
                across(strip.x),
                down(strip.y),
                across(strip.columns)
            ),
        );
        for (index, (_, state)) in strip.states.iter().enumerate().filter(|(_, (_, state))| !state.is_empty()) {
            let y = down(index);
            let again = state.len() >= WORTH_A_NAME && uses.get(state.as_str()).is_some_and(|uses| *uses > 1);
            match (again, named.get(state.as_str())) {
                (true, Some(name)) => append(&mut out, format_args!("<use href=\"#f{name}\" y=\"{y}\"/>")),
                (true, None) => {
                    append(
                        &mut out,
                        format_args!("<g transform=\"translate(0 {y})\"><g id=\"f{}\">{state}</g></g>", self.states),
                    );
                    named.insert(state, self.states);
                    self.states += 1;
                }
                (false, _) => append(&mut out, format_args!("<g transform=\"translate(0 {y})\">{state}</g>")),
            }
        }
        out.push_str("</g></svg>\n");
        out
    }

    /// The style that moves all strips and scenes of a film of `duration`. Whoever plays nothing sees the end.
    pub(super) fn style(&self, duration: Period) -> String {
        let percent = |at: Period| {
            let share = at.as_secs_f64() / duration.as_secs_f64().max(f64::MIN_POSITIVE) * 100.0;
            format!("{share:.3}").trim_end_matches('0').trim_end_matches('.').to_owned() + "%"
        };
        let mut css = format!(".k{{animation:{:.3}s step-end infinite}}", duration.as_secs_f64());
        for (moments, index) in &self.moves {
            let last = down(moments.len());
            append(
                &mut css,
                format_args!(
                    "\n.m{index}{{animation-name:m{index};transform:translateY(-{last}px)}}@keyframes m{index}{{0%{{transform:none}}"
                ),
            );
            for (step, at) in (1..).zip(moments) {
                append(&mut css, format_args!("{}{{transform:translateY(-{}px)}}", percent(*at), down(step)));
            }
            css.push('}');
        }
        for (index, (begins, end)) in self.scenes.iter().enumerate() {
            let base = if end.is_none() { "visible" } else { "hidden" };
            let first = if *begins == Period::ZERO { "visible" } else { "hidden" };
            append(
                &mut css,
                format_args!(
                    "\n.s{index}{{animation-name:s{index};visibility:{base}}}@keyframes s{index}{{0%{{visibility:{first}}}"
                ),
            );
            for (at, what) in [(Some(*begins).filter(|at| *at > Period::ZERO), "visible"), (*end, "hidden")] {
                if let Some(at) = at {
                    append(&mut css, format_args!("{}{{visibility:{what}}}", percent(at)));
                }
            }
            append(&mut css, format_args!("100%{{visibility:{base}}}}}"));
        }
        css.push_str("\n@media(prefers-reduced-motion:reduce){.k{animation:none}}");
        css
    }
}

impl RowStrip {
    fn of(row: &SceneRow, part: &Range<usize>, y: usize, markup: &mut RowMarkup) -> Self {
        let mut states: Vec<(Period, String)> = Vec::new();
        let mut shown: Option<&[Cell]> = None;
        for (at, cells) in &row.0 {
            let cells = cells.get(part.clone()).unwrap_or_default();
            if shown != Some(cells) {
                states.push((*at, markup.row(cells)));
                shown = Some(cells);
            }
        }
        Self { x: part.start, y, columns: part.len(), states }
    }
}

/// What stands still in `row`, with blanks where `parts` move.
fn still(row: &SceneRow, parts: &[Range<usize>], markup: &mut RowMarkup) -> String {
    let Some((_, first)) = row.0.first() else { return String::new() };
    let mut cells = first.clone();
    for part in parts {
        cells.iter_mut().take(part.end).skip(part.start).for_each(Cell::reset);
    }
    markup.row(&cells)
}

fn across(columns: usize) -> i32 {
    i32::try_from(columns).unwrap_or(i32::MAX / WIDTH) * WIDTH
}

fn down(rows: usize) -> i32 {
    i32::try_from(rows).unwrap_or(i32::MAX / HEIGHT) * HEIGHT
}
