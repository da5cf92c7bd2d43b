//! The proxy between here and a server, by the variable that names it: who is out of reach should be told apart.
//! The client reads the same variables by the same rules.

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::Url;

use super::address::is_here;
use speed_kings_core::race::event::{FailureKind, LaneFailure};

/// The kinds of proxies that can be used: `socks5h` and `socks4a` look the server's name up at the proxy.
const KINDS: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];

/// A proxy that is in the way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct ProxyRoute {
    /// The proxy's host, with its port where the address names one.
    pub(super) place: String,
    /// The variable that names it.
    pub(super) variable: &'static str,
    /// A kind of proxy that can't be used, by its scheme.
    unusable: Option<String>,
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
        let unusable = uri.scheme_str().filter(|scheme| !KINDS.contains(scheme)).map(str::to_owned);
        Some(Self { place, variable: variable(url.scheme(), |name| std::env::var_os(name).is_some()), unusable })
    }

    /// The failure of a proxy that can't be used at all.
    pub(super) fn unusable(&self) -> Option<LaneFailure> {
        self.unusable.as_ref().map(|scheme| {
            let told = format!("{}: {scheme} proxies are not supported", self.variable);
            LaneFailure::new(FailureKind::Connect, told).with_hint(format!(
                "name an http, https, socks5 or socks5h proxy, or unset {} or list the host in NO_PROXY to go without one",
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
        } else if lower.contains("underlying connection") {
            format!("the proxy {place} ({variable}) is not reached")
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

    fn proxy(unusable: Option<&str>) -> ProxyRoute {
        ProxyRoute { place: "127.0.0.1:9".into(), variable: "HTTPS_PROXY", unusable: unusable.map(str::to_owned) }
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
        let failure = proxy(None).failed("Connection refused");
        assert_eq!(&*failure.message, "the proxy 127.0.0.1:9 (HTTPS_PROXY) refused the connection");
        assert!(failure.hint.unwrap().contains("NO_PROXY"));
        assert!(proxy(None).failed("unsuccessful tunnel").message.contains("made no connection: unsuccessful tunnel"));
        assert_eq!(proxy(None).unusable(), None);
        assert_eq!(
            &*proxy(Some("socks6")).unusable().unwrap().message,
            "HTTPS_PROXY: socks6 proxies are not supported"
        );
    }

    #[test]
    fn this_machine_is_never_behind_one() {
        assert_eq!(ProxyRoute::before(&Url::parse("http://127.0.0.1:1/v1").unwrap()), None);
    }
}
