//! The kinds of hardware that the races compare, and how each is named on screen and in files.
//! A kind is what a viewer tells lanes apart by, so every kind has a badge of its own.

/// What a provider runs on: the thing that the races compare.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Hardware {
    /// Wafer-scale engine, as Cerebras runs it.
    Wse,
    /// Language processing unit, as Groq runs it.
    Lpu,
    /// Reconfigurable dataflow unit, as `SambaNova` runs it.
    Rdu,
    /// GPUs in a cloud.
    GpuCloud,
    /// Whatever the provider behind it has.
    Aggregator,
    /// The model maker's own API.
    Native,
    /// A Mac on Apple silicon.
    AppleSilicon,
    /// A graphics card for consumers.
    ConsumerGpu,
    /// Whatever the user has.
    Local,
    /// Taken out of a recording, or of a kind that this version doesn't know; no provider is of it.
    Untold,
}

impl Hardware {
    /// All that a provider may be of, fastest expected first.
    pub const ALL: [Self; 9] = [
        Self::Wse,
        Self::Lpu,
        Self::Rdu,
        Self::GpuCloud,
        Self::Aggregator,
        Self::Native,
        Self::AppleSilicon,
        Self::ConsumerGpu,
        Self::Local,
    ];

    /// At most five letters for a lane's header.
    #[must_use]
    pub const fn badge(self) -> &'static str {
        match self {
            Self::Wse => "WSE",
            Self::Lpu => "LPU",
            Self::Rdu => "RDU",
            Self::GpuCloud => "GPU",
            Self::Aggregator => "AGG",
            Self::Native => "API",
            Self::AppleSilicon => "SoC",
            Self::ConsumerGpu => "dGPU",
            Self::Local => "LOCAL",
            Self::Untold => "?",
        }
    }

    /// What a person calls it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Wse => "Wafer-Scale Engine",
            Self::Lpu => "Language Processing Unit",
            Self::Rdu => "Reconfigurable Dataflow Unit",
            Self::GpuCloud => "GPU cloud",
            Self::Aggregator => "Aggregator",
            Self::Native => "Native API",
            Self::AppleSilicon => "Apple Silicon",
            Self::ConsumerGpu => "Consumer GPU",
            Self::Local => "Local machine",
            Self::Untold => "hardware not told",
        }
    }

    /// The name in files and recordings.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wse => "wse",
            Self::Lpu => "lpu",
            Self::Rdu => "rdu",
            Self::GpuCloud => "gpu_cloud",
            Self::Aggregator => "aggregator",
            Self::Native => "native",
            Self::AppleSilicon => "apple_silicon",
            Self::ConsumerGpu => "consumer_gpu",
            Self::Local => "local",
            Self::Untold => "untold",
        }
    }

    /// Reads the name back.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|hardware| hardware.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_read_back_and_badges_fit_and_differ() {
        for hardware in Hardware::ALL {
            assert_eq!(Hardware::parse(hardware.as_str()), Some(hardware));
            assert!(hardware.badge().len() <= 5, "{}", hardware.badge());
        }
        assert_eq!((Hardware::parse("abacus"), Hardware::parse(Hardware::Untold.as_str())), (None, None));
        let badges: HashSet<&str> = Hardware::ALL.map(Hardware::badge).into();
        assert_eq!(badges.len(), Hardware::ALL.len());
    }
}
