//! Answers of a given length: what keeps a server from ending them before their cap.

use serde_json::Value;

use super::ResolvedRace;
use speed_kings_client::provider::{ContestantClient, Dialect};

/// The field by which engines that run at home are told not to stop by themselves.
const FIELD: &str = "ignore_eos";

impl ResolvedRace {
    /// The same race with answers that end at their cap, where that can be asked for: of servers of one's own in the dialects of
    /// chat and completions, unless something else was set for one. A simulated answer has `most` tokens before it is cut.
    #[must_use]
    pub fn to_the_cap(mut self, most: u32) -> Self {
        for (contestant, client) in self.setup.contestants.iter_mut().zip(&mut self.clients) {
            let ContestantClient::Http(api) = client else { continue };
            let takes = matches!(api.dialect, Dialect::OpenAi | Dialect::Completions);
            if contestant.local && takes && !api.quirks.extra.contains_key(FIELD) {
                api.quirks.extra.insert(FIELD.to_owned(), Value::from(true));
                contestant.settings.push(format!("body.{FIELD}=true"));
                contestant.settings.sort_unstable();
            }
        }
        for profile in self.simulation.iter_mut().flat_map(|profiles| profiles.values_mut()) {
            profile.tokens = most;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{ProcessEnv, RaceOptions, plan};
    use speed_kings_catalog::Catalog;

    #[test]
    fn only_servers_of_ones_own_are_asked_and_what_was_set_stays() {
        let options = RaceOptions {
            providers: ["a=http://127.0.0.1:1/v1", "b=http://127.0.0.1:2/v1", "c=http://127.0.0.1:3/v1", "groq"]
                .map(Into::into)
                .to_vec(),
            set: vec!["b.ignore_eos=false".into(), "c.dialect=anthropic".into()],
            models: vec!["m".into(); 4],
            ..RaceOptions::default()
        };
        let key = |name: &str| (name == "GROQ_API_KEY").then(|| "key0value".to_owned());
        let race = plan(&Catalog::builtin().unwrap(), &ProcessEnv(&key), &options).unwrap().to_the_cap(300);
        let of = |place: usize| match &race.clients[place] {
            ContestantClient::Http(api) => api.quirks.extra.get(FIELD).cloned(),
            ContestantClient::Exec(_) => None,
        };
        assert_eq!([0, 1, 2, 3].map(of), [Some(true.into()), Some(false.into()), None, None]);
        assert_eq!(race.setup.contestants[0].settings, ["body.ignore_eos=true"], "results tell it");
        assert_eq!(race.setup.contestants[1].settings, ["body.ignore_eos=false"]);
    }
}
