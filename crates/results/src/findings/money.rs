//! What tokens cost: the newest dated price, on a mix of prompt and output tokens.
//! Every sum names both, because a price without its day and a mix without its shares can't be checked.

use speed_kings_catalog::{Catalog, Price};
use speed_kings_core::date;
use speed_kings_core::format;
use speed_kings_session::bench::saved::LaneResult;

/// Prompt and output tokens together.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct TokenMix {
    /// Prompt tokens, cached ones included.
    pub input: f64,
    /// Those of them that came out of a cache.
    pub cached: f64,
    /// Output tokens, reasoning included.
    pub output: f64,
}

/// What somebody uses a month.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum MonthlyUsage {
    /// So many tokens with this share of prompt tokens, or with the mix that was measured.
    Together {
        /// Prompt and output tokens.
        tokens: Option<f64>,
        /// The share of prompt tokens among them, from 0 to 1.
        input_share: Option<f64>,
    },
    /// Prompt and output tokens apart.
    Apart {
        /// Prompt tokens of a month.
        input: f64,
        /// Output tokens of a month.
        output: f64,
    },
}

impl TokenMix {
    /// Prompt and output tokens together.
    #[must_use]
    pub fn tokens(self) -> f64 {
        self.input + self.output
    }

    /// What it costs in USD.
    #[must_use]
    pub fn cost(self, price: &Price) -> f64 {
        let cached = self.cached.min(self.input);
        let prompt = (self.input - cached) * price.input + cached * price.cached.unwrap_or(price.input);
        (prompt + self.output * price.output) / 1e6
    }

    /// USD per million of these tokens; nothing where there are none.
    #[must_use]
    pub fn per_million(self, price: &Price) -> Option<f64> {
        (self.tokens() > 0.0).then(|| self.cost(price) * 1e6 / self.tokens())
    }

    /// `25.0 % prompt, 75.0 % output`.
    #[must_use]
    pub fn words(self) -> String {
        let share = self.input / self.tokens();
        let cached = if self.cached > 0.0 {
            format!(" ({} of it cached)", format::share(self.cached / self.input))
        } else {
            String::new()
        };
        format!("{} prompt{cached}, {} output", format::share(share), format::share(1.0 - share))
    }
}

impl MonthlyUsage {
    /// Its mix, where it says one. Nothing is taken to be cached.
    #[must_use]
    pub fn mix(self) -> Option<TokenMix> {
        let (input, output) = match self {
            Self::Together { input_share, .. } => input_share.map(|share| (share, 1.0 - share))?,
            Self::Apart { input, output } => (input, output),
        };
        (input + output > 0.0).then_some(TokenMix { input, cached: 0.0, output })
    }

    /// Tokens a month, where it says how many.
    #[must_use]
    pub const fn tokens(self) -> Option<f64> {
        match self {
            Self::Together { tokens, .. } => tokens,
            Self::Apart { input, output } => Some(input + output),
        }
    }
}

/// The newer one of what the catalogue says and of what was paid; the catalogue's where both are of one day. A lane that
/// was somewhere else than at its provider's own endpoint has only its own.
#[must_use]
pub fn newest(catalog: &Catalog, provider: &str, wire: &str, elsewhere: bool, paid: Option<Price>) -> Option<Price> {
    let offers = catalog.provider(provider).ok().filter(|_| !elsewhere).map(|known| known.offers.as_slice());
    let listed = offers.unwrap_or_default().iter().find(|offer| offer.id == wire).and_then(|offer| offer.price.clone());
    match (listed, paid) {
        (Some(listed), Some(paid)) => {
            Some(if date::first_day(&paid.as_of) > date::first_day(&listed.as_of) { paid } else { listed })
        }
        (listed, paid) => listed.or(paid),
    }
}

/// The newest price of a saved lane.
#[must_use]
pub fn newest_of(catalog: &Catalog, lane: &LaneResult) -> Option<Price> {
    let paid = lane.price.as_ref().map(|price| Price {
        input: price.input,
        output: price.output,
        cached: price.cached,
        as_of: price.as_of.clone(),
        source: price.source.clone(),
    });
    newest(catalog, &lane.identity.provider, &lane.identity.model, lane.identity.endpoint.is_some(), paid)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(input: f64, output: f64, as_of: &str) -> Price {
        Price { input, output, cached: None, as_of: as_of.into(), source: "a test".into() }
    }

    #[test]
    fn a_mix_is_paid_by_its_parts() {
        let mix = TokenMix { input: 300.0, cached: 100.0, output: 100.0 };
        let dear = price(1.0, 5.0, "2026");
        assert!((mix.per_million(&dear).unwrap() - 2.0).abs() < 1e-12);
        let cached = Price { cached: Some(0.1), ..dear.clone() };
        assert!((mix.cost(&cached) - (200.0 + 10.0 + 500.0) / 1e6).abs() < 1e-15);
        assert_eq!(mix.words(), "75.0 % prompt (33.3 % of it cached), 25.0 % output");
        assert_eq!(TokenMix { input: 0.0, cached: 0.0, output: 0.0 }.per_million(&dear), None);
    }

    #[test]
    fn what_is_used_a_month_has_a_mix_where_it_says_one() {
        let together = |tokens, input_share| MonthlyUsage::Together { tokens, input_share };
        assert_eq!(together(Some(300e6), None).mix(), None);
        assert_eq!(
            together(None, Some(0.25)).mix().map(TokenMix::words).as_deref(),
            Some("25.0 % prompt, 75.0 % output")
        );
        let apart = MonthlyUsage::Apart { input: 200e6, output: 100e6 };
        assert_eq!((apart.tokens(), apart.mix().map(TokenMix::tokens)), (Some(300e6), Some(300e6)));
        assert_eq!(MonthlyUsage::Apart { input: 0.0, output: 0.0 }.mix(), None);
    }

    #[test]
    fn the_newest_price_is_taken() {
        let catalog = Catalog::builtin().unwrap();
        let groq = catalog.provider("groq").unwrap();
        let offer = groq.offers.iter().find(|offer| offer.price.is_some()).unwrap();
        let listed = offer.price.clone().unwrap();
        let of = |elsewhere, paid| newest(&catalog, "groq", &offer.id, elsewhere, paid).map(|price| price.as_of);
        assert_eq!(of(false, Some(price(9.0, 9.0, "2020-01-01"))), Some(listed.as_of.clone()));
        assert_eq!(of(false, Some(price(9.0, 9.0, "2099-01-01"))).as_deref(), Some("2099-01-01"));
        assert_eq!(of(true, Some(price(9.0, 9.0, "2020-01-01"))).as_deref(), Some("2020-01-01"));
        assert_eq!((of(true, None), of(false, None)), (None, Some(listed.as_of)));
    }
}
