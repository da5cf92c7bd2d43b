//! Names that go over the bus: they are parts of subjects, so that only a few characters are allowed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The longest name, in characters.
const LONGEST: usize = 40;

/// What is no name.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("invalid name '{0}': expected 1 to {LONGEST} letters, digits, '-' or '_', for example m3")]
pub struct NameError(String);

fn checked(text: &str) -> Result<String, NameError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let sound = (1..=LONGEST).contains(&text.len()) && text.chars().all(allowed);
    if sound { Ok(text.to_owned()) } else { Err(NameError(text.chars().take(LONGEST).collect())) }
}

macro_rules! names {
    ($($(#[$doc:meta])+ $name:ident)+) => { $(
        $(#[$doc])+
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// As it is written.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                checked(text).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+ };
}

names! {
    /// What a runner is called on its bus, for example `m3`.
    RunnerName
    /// What a race is called on its bus: nobody else's has the same.
    RaceId
}

impl RaceId {
    /// A new one, which nobody can guess.
    #[must_use]
    pub fn fresh() -> Self {
        const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        let mut bytes = [0; 10];
        // Where the system has no randomness, no key could be made either.
        let _ = ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut bytes);
        let letter = |byte: &u8| char::from(*LETTERS.get(usize::from(byte % 32)).unwrap_or(&b'a'));
        Self(bytes.iter().map(letter).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_part_of_a_subject() {
        for good in ["m3", "RTX_5060", "a-b"] {
            assert_eq!(good.parse::<RunnerName>().unwrap().as_str(), good);
        }
        for bad in ["", "a.b", "*", ">", "a b", "ä", "a\n", &"x".repeat(41)] {
            assert!(
                bad.parse::<RunnerName>().is_err() && serde_json::from_value::<RaceId>(bad.into()).is_err(),
                "{bad}"
            );
        }
        assert_ne!(RaceId::fresh(), RaceId::fresh());
        assert!(RaceId::fresh().as_str().parse::<RaceId>().is_ok());
    }
}
