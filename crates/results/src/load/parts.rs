//! The steady part of a level, cut into equal parts of time. Requests of a level wait for each other, so that single ones are no
//! independent values; parts that are long against a request nearly are, and each is one value for a gate.

use super::file::{LoadFile, LoadLevel};
use speed_kings_core::stats::{MIN_SAMPLES_P95, MIN_SAMPLES_P99, median, percentile};
use speed_kings_session::load::{LoadRequest, TOKEN_PARTS};

/// Into how many parts a level can be cut.
const CUTS: [usize; 3] = [TOKEN_PARTS, TOKEN_PARTS / 2, TOKEN_PARTS / 4];
/// A part is at least so many times as long as the median request.
const LONG: f64 = 2.0;

/// A level in parts.
pub(super) struct LevelParts<'a> {
    /// The requests that were due in each.
    pub(super) requests: Vec<Vec<&'a LoadRequest>>,
    /// How long each is, in seconds.
    pub(super) each_s: f64,
}

impl<'a> LevelParts<'a> {
    /// `level` of `file` in as many parts as its requests allow, where each part needs `fewest` of them on average.
    ///
    /// # Errors
    /// What would be needed for parts, in words.
    pub(super) fn of(file: &LoadFile, level: &'a LoadLevel, fewest: usize) -> Result<Self, String> {
        let counted = || level.requests.iter().filter(|request| request.steady && !request.held_up);
        let long_s = median(counted().filter_map(|request| request.total_ms)).unwrap_or(0.0) * LONG / 1e3;
        let count = counted().count();
        let fits = |cut: &&usize| file.steady_s / real(**cut) >= long_s && count >= **cut * fewest;
        let Some(cut) = CUTS.iter().find(fits) else {
            let [.., least] = CUTS;
            let rate = real(count).max(1.0) / file.steady_s;
            let wanted = (real(least) * long_s).max(real(least * fewest) / rate).ceil();
            return Err(format!(
                "{count} requests in {} s don't make {least} parts with {fewest} requests each, twice as long as a request: --steady {wanted}s \
                 would do",
                file.steady_s
            ));
        };
        let each_s = file.steady_s / real(*cut);
        let mut requests = vec![Vec::new(); *cut];
        for request in counted() {
            let since = (request.due_ms / 1e3 - file.ramp_s) / each_s;
            if let Some(part) = requests.get_mut(place(since).min(*cut - 1)) {
                part.push(request);
            }
        }
        Ok(Self { requests, each_s })
    }

    /// The `share` quantile of a figure in each part that has enough values for it, in order.
    pub(super) fn quantiles(&self, share: f64, figure: impl Fn(&LoadRequest) -> Option<f64>) -> Vec<f64> {
        let one = |part: &Vec<&LoadRequest>| {
            let mut values: Vec<f64> = part.iter().filter_map(|request| figure(request)).collect();
            values.sort_by(f64::total_cmp);
            percentile(&values, share * 100.0)
        };
        sorted(self.requests.iter().filter_map(one))
    }

    /// How many requests of each part are `so`, a second, in order.
    pub(super) fn rates(&self, so: impl Fn(&LoadRequest) -> bool) -> Vec<f64> {
        sorted(self.requests.iter().map(|part| real(part.iter().filter(|request| so(request)).count()) / self.each_s))
    }

    /// How many requests of each part are `so`, and of how many that is known.
    pub(super) fn shares(&self, so: impl Fn(&LoadRequest) -> Option<bool>) -> Vec<(usize, usize)> {
        let one = |part: &Vec<&LoadRequest>| {
            let known: Vec<bool> = part.iter().filter_map(|request| so(request)).collect();
            (known.iter().filter(|so| **so).count(), known.len())
        };
        self.requests.iter().map(one).collect()
    }

    /// Tokens a second in each part, in order; nothing where the file doesn't tell them.
    pub(super) fn speeds(&self, level: &LoadLevel) -> Vec<f64> {
        let together = level.tok_s_by_part.len() / self.requests.len();
        if together == 0 {
            return Vec::new();
        }
        sorted(level.tok_s_by_part.chunks(together).map(|parts| parts.iter().sum::<f64>() / real(parts.len())))
    }
}

/// Requests that a part needs for a quantile.
pub(super) fn fewest(share: f64) -> usize {
    match share {
        share if share >= 0.99 => MIN_SAMPLES_P99,
        share if share >= 0.95 => MIN_SAMPLES_P95,
        _ => 1,
    }
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

#[expect(clippy::cast_precision_loss, reason = "nobody makes 2^52 requests")]
fn real(count: usize) -> f64 {
    count as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "cut to a small range of positive numbers")]
fn place(since: f64) -> usize {
    since.clamp(0.0, 1e6) as usize
}
