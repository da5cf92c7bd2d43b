//! The proxy between here and a server, by the variable that names it: who is out of reach should be told apart.
//! The client reads the same variables by the same rules.

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::Url;

use super::address::is_here;
use speed_kings_core::race::event::{FailureKind, LaneFailure};

/// A proxy that is in the way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct ProxyRoute {
    /// The proxy's host, with its port where the address names one.
    pub(super) place: String,
    /// The variable that names it.
    pub(super) variable: &'static str,
    socks: bool,
}

impl ProxyRoute {
    /// The proxy on the way to `url`, if there is one.
    pub(super) fn before(url: &Url) -> Option<Self> {
        if is_here(url) {
            return None;
        }
        let found = Matcher::from_env().intercept(&url.as_str().parse().ok()?)?;
        let uri = found.uri();
        let place = match (uri.host()?, uri.port_u16()) {
            (host, Some(port)) => format!("{host}:{port}"),
            (host, None) => host.to_owned(),
        };
        let socks = uri.scheme_str().is_some_and(|scheme| scheme.starts_with("socks"));
        Some(Self { place, variable: variable(url.scheme(), |name| std::env::var_os(name).is_some()), socks })
    }

    /// The failure of a proxy that can't be used at all.
    pub(super) fn unusable(&self) -> Option<LaneFailure> {
        self.socks.then(|| {
            let told = format!("{}: socks proxies are not supported", self.variable);
            LaneFailure::new(FailureKind::Connect, told).with_hint(format!(
                "name an http proxy, or unset {} or list the host in NO_PROXY to go without one",
                self.variable
            ))
        })
    }

    /// The failure of a connection that `cause` kept from coming up.
    pub(super) fn failed(&self, cause: &str) -> LaneFailure {
        let Self { place, variable, .. } = self;
        let lower = cause.to_lowercase();
        let told = if lower.contains("refused") {
            format!("the proxy {place} ({variable}) refused the connection")
        } else if lower.contains("authorization required") || lower.contains("407") {
            format!("the proxy {place} ({variable}) requires a user name and a password")
        } else {
            format!("the proxy {place} ({variable}) made no connection: {cause}")
        };
        let hint = format!("is that proxy running? Unset {variable}, or list the host in NO_PROXY, to go without it");
        LaneFailure::new(FailureKind::Connect, told).with_hint(hint)
    }
}

/// The variable that decides for `scheme`, of those that are set.
fn variable(scheme: &str, is_set: impl Fn(&str) -> bool) -> &'static str {
    let names = match scheme {
        "https" => ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"],
        _ => ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"],
    };
    // On some systems it is a setting instead.
    names.into_iter().find(|name| is_set(name)).unwrap_or("the system's settings")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(socks: bool) -> ProxyRoute {
        ProxyRoute { place: "127.0.0.1:9".into(), variable: "HTTPS_PROXY", socks }
    }

    #[test]
    fn the_variable_that_decides_is_named() {
        let of = |scheme, set: &[&str]| variable(scheme, |name| set.contains(&name));
        assert_eq!(of("https", &["ALL_PROXY", "https_proxy"]), "https_proxy");
        assert_eq!(of("https", &["ALL_PROXY", "HTTP_PROXY"]), "ALL_PROXY");
        assert_eq!(of("http", &["HTTP_PROXY", "ALL_PROXY"]), "HTTP_PROXY");
        assert_eq!(of("http", &[]), "the system's settings");
    }

    #[test]
    fn a_dead_proxy_is_not_the_servers_fault() {
        let failure = proxy(false).failed("Connection refused");
        assert_eq!(&*failure.message, "the proxy 127.0.0.1:9 (HTTPS_PROXY) refused the connection");
        assert!(failure.hint.unwrap().contains("NO_PROXY"));
        assert!(proxy(false).failed("unsuccessful tunnel").message.contains("made no connection: unsuccessful tunnel"));
        assert_eq!(proxy(false).unusable(), None);
        assert_eq!(&*proxy(true).unusable().unwrap().message, "HTTPS_PROXY: socks proxies are not supported");
    }

    #[test]
    fn this_machine_is_never_behind_one() {
        assert_eq!(ProxyRoute::before(&Url::parse("http://127.0.0.1:1/v1").unwrap()), None);
    }
}
