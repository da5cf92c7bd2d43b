//! What a level of load came to: row after row, one for each request. Rows of several machines make one level; percentiles are only ever
//! taken of rows.

use serde::{Deserialize, Serialize};

use super::request::{LoadRequest, TOKEN_PARTS};

/// One request with all that its level takes from it.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RequestRow {
    /// The request as results keep it.
    pub request: LoadRequest,
    /// The gaps between its reads that carried text, ms; none where it is not counted or brought no figures.
    pub gaps_ms: Vec<f64>,
    /// Its output tokens that came in each of [`TOKEN_PARTS`] equal parts of the part that counts.
    pub tokens_by_part: [f64; TOKEN_PARTS],
    /// USD that it cost; nothing where its price is not known.
    pub spent_usd: Option<f64>,
    /// Its answer says that it is simulated.
    pub simulated: bool,
}

/// The program's own share of what was measured at a level.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ClientShare {
    /// Share of one processor core that the busiest of the threads with the connections used, 0 to 1; null where that can't be read.
    pub cpu: Option<f64>,
    /// The same of each of these threads; empty where that can't be read. Of several machines all of them.
    pub threads: Vec<f64>,
    /// Requests that were due while no connection was up and free for them.
    pub unconnected: usize,
    /// Times in which the program itself stood still.
    pub standstills: usize,
}

/// What one of several machines had of a level.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct LevelShare {
    /// The runner, by its name on the bus.
    pub runner: String,
    /// What the level is called there.
    pub race: String,
    /// Its askers in a closed loop; null in an open one.
    pub concurrency: Option<u32>,
    /// Its requests a second in an open loop; null in a closed one.
    pub rate_per_s: Option<f64>,
    /// Draws when its requests are due.
    pub seed: u64,
    /// How far its beginning may lie from that of the others by what is known of its clock, ms. No figure depends on it.
    pub start_bound_ms: f64,
    /// Requests that came from it.
    pub requests: usize,
    /// Why that is not all of its share; null where it is.
    pub lost: Option<String>,
}

/// What one level came to.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct LevelRun {
    /// Its requests in the order in which they were due, those of the ramp included.
    pub requests: Vec<LoadRequest>,
    /// The gaps between reads that carried text, of all good requests of the part that counts, ms.
    pub gaps_ms: Vec<f64>,
    /// Output tokens that came in each of [`TOKEN_PARTS`] equal parts of the part that counts.
    pub tokens_by_part: [f64; TOKEN_PARTS],
    /// What the program itself did meanwhile.
    pub client: ClientShare,
    /// Times in which it stood still, from and to, ms after the level's beginning.
    pub standstills_ms: Vec<[f64; 2]>,
    /// What each machine had of it, where it was offered from others.
    pub shares: Vec<LevelShare>,
    /// Somebody or a limit ended it early.
    pub cut_off: bool,
    /// A price of some of it is not known.
    pub spent_unknown: bool,
    /// USD that it cost, as far as prices are known.
    pub spent_usd: f64,
    /// Some of its answers say that they are simulated.
    pub simulated: bool,
}

impl LevelRun {
    /// Takes in a request that has ended.
    pub fn take(&mut self, row: RequestRow) {
        match row.spent_usd {
            Some(usd) => self.spent_usd += usd,
            None => self.spent_unknown = true,
        }
        self.simulated |= row.simulated;
        self.gaps_ms.extend(row.gaps_ms);
        self.tokens_by_part.iter_mut().zip(row.tokens_by_part).for_each(|(all, tokens)| *all += tokens);
        self.requests.push(row.request);
    }

    /// The whole, with what the program itself did meanwhile.
    #[must_use]
    pub fn with(mut self, client: ClientShare, standstills_ms: Vec<[f64; 2]>) -> Self {
        for request in &mut self.requests {
            let end = request.due_ms + request.total_ms.unwrap_or(0.0);
            request.held_up = standstills_ms.iter().any(|[from, to]| *from < end && *to > request.due_ms);
        }
        (self.client, self.standstills_ms) = (client, standstills_ms);
        self.in_order()
    }

    /// The shares of several machines as one level, each request under the name of the runner that made it. Times stay what they
    /// are: each counts from its own machine's beginning, on its own clock.
    #[must_use]
    pub fn merged(parts: impl IntoIterator<Item = (LevelShare, Self)>) -> Self {
        let mut whole = Self::default();
        for (share, part) in parts {
            let own = |request| LoadRequest { runner: Some(share.runner.clone()), ..request };
            whole.requests.extend(part.requests.into_iter().map(own));
            whole.gaps_ms.extend(part.gaps_ms);
            whole.tokens_by_part.iter_mut().zip(part.tokens_by_part).for_each(|(all, tokens)| *all += tokens);
            // Each thread has a core of its own: the one that is nearest to its limit decides.
            whole.client.cpu = whole.client.cpu.into_iter().chain(part.client.cpu).reduce(f64::max);
            whole.client.threads.extend(part.client.threads);
            whole.client.unconnected += part.client.unconnected;
            whole.client.standstills += part.client.standstills;
            whole.standstills_ms.extend(part.standstills_ms);
            whole.spent_usd += part.spent_usd;
            whole.spent_unknown |= part.spent_unknown;
            whole.simulated |= part.simulated;
            whole.cut_off |= part.cut_off;
            whole.shares.push(share);
        }
        whole.in_order()
    }

    fn in_order(mut self) -> Self {
        self.requests.sort_by(|a, b| a.due_ms.total_cmp(&b.due_ms));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(due_ms: f64, usd: Option<f64>) -> RequestRow {
        let request = LoadRequest { due_ms, total_ms: Some(10.0), ok: true, steady: true, ..LoadRequest::default() };
        let mut tokens_by_part = [0.0; TOKEN_PARTS];
        tokens_by_part[3] = 2.0;
        RequestRow { request, gaps_ms: vec![due_ms], tokens_by_part, spent_usd: usd, simulated: false }
    }

    fn run(rows: &[f64], cpu: f64, standstills: &[[f64; 2]]) -> LevelRun {
        let mut run = LevelRun::default();
        for due in rows {
            run.take(row(*due, Some(0.5)));
        }
        let client =
            ClientShare { cpu: Some(cpu), threads: vec![cpu, 0.1], unconnected: 1, standstills: standstills.len() };
        run.with(client, standstills.to_vec())
    }

    #[test]
    fn rows_of_several_machines_are_one_level_and_standstills_stay_with_their_own() {
        let name = |runner: &str| LevelShare { runner: runner.into(), ..LevelShare::default() };
        let merged = LevelRun::merged([
            (name("m3"), run(&[30.0, 10.0], 0.2, &[])),
            (name("rtx"), run(&[20.0], 0.7, &[[25.0, 26.0]])),
        ]);
        let told: Vec<_> =
            merged.requests.iter().map(|one| (one.due_ms, one.runner.as_deref().unwrap(), one.held_up)).collect();
        assert_eq!(told, [(10.0, "m3", false), (20.0, "rtx", true), (30.0, "m3", false)]);
        assert_eq!((merged.gaps_ms.len(), merged.tokens_by_part[3], merged.spent_usd), (3, 6.0, 1.5));
        let threads = vec![0.2, 0.1, 0.7, 0.1];
        assert_eq!(merged.client, ClientShare { cpu: Some(0.7), threads, unconnected: 2, standstills: 1 });
        let mut unknown = LevelRun::default();
        unknown.take(row(0.0, None));
        assert!(LevelRun::merged([(name("a"), unknown)]).spent_unknown && !merged.spent_unknown);
    }
}
