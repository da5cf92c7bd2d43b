//! Addresses of an API: its paths, and whether it is on this machine.

use reqwest::Url;

use crate::provider::machine::is_this_machine;

/// Whether `url` stays on this machine, where no proxy can help.
#[must_use]
pub fn is_here(url: &Url) -> bool {
    url.host_str().is_some_and(is_this_machine)
}

/// `path` under `base`, whether or not the base ends in a slash.
pub(super) fn address(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    let joined = format!("{}/{path}", base.path().trim_end_matches('/'));
    url.set_path(&joined);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_join_with_or_without_a_slash() {
        for base in ["http://127.0.0.1:1/v1", "http://127.0.0.1:1/v1/"] {
            let url = address(&Url::parse(base).unwrap(), "chat/completions");
            assert_eq!(url.as_str(), "http://127.0.0.1:1/v1/chat/completions");
        }
    }

    #[test]
    fn this_machine_is_told_apart() {
        for (url, here) in [
            ("http://localhost:1", true),
            ("http://api.localhost:1", true),
            ("http://[::1]:1", true),
            ("http://127.9.9.9", true),
            ("http://0.0.0.0:1", true),
            ("http://[::]:1", true),
            ("http://[::ffff:127.0.0.1]:1", true),
            ("https://api.groq.com", false),
        ] {
            assert_eq!(is_here(&Url::parse(url).unwrap()), here, "{url}");
        }
    }
}
