//! Who answered behind the address that was asked, as far as the answer names it.

/// What a reply says about who made it. Absent means that nobody said so.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct UpstreamFacts {
    /// The provider that a router passed the request on to.
    pub provider: Option<Box<str>>,
    /// The server's `system_fingerprint`: which build and weights it says it ran.
    pub fingerprint: Option<Box<str>>,
    /// The headers that name an upstream, in the server's own words.
    pub headers: Box<[(Box<str>, Box<str>)]>,
}

impl UpstreamFacts {
    /// Takes every field that `newer` has.
    pub fn merge(&mut self, newer: &Self) {
        self.provider = newer.provider.clone().or(self.provider.take());
        self.fingerprint = newer.fingerprint.clone().or(self.fingerprint.take());
        if !newer.headers.is_empty() {
            self.headers.clone_from(&newer.headers);
        }
    }

    /// Whether nothing was said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
