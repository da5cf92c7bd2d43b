//! Which machine an address leads to, as far as the address itself says: one machine has many names.
//! Everything that asks whether two contestants share hardware, or whether a proxy can help, asks here.

use std::net::IpAddr;

/// The host of `endpoint`, which is a host with or without a port; an IPv6 address keeps its brackets.
#[must_use]
pub fn host_of(endpoint: &str) -> &str {
    split(endpoint).0
}

/// Host and port of `endpoint`.
fn split(endpoint: &str) -> (&str, Option<&str>) {
    match endpoint.rsplit_once(':') {
        // Behind the last colon of a bare IPv6 address there is no port.
        Some((host, port)) if !port.contains(']') && (host.ends_with(']') || !host.contains(':')) => (host, Some(port)),
        _ => (endpoint, None),
    }
}

/// The address that `host` is written as, if it is one. IPv4 inside IPv6 (`::ffff:127.0.0.1`) is the IPv4 address.
#[must_use]
pub fn address_of(host: &str) -> Option<IpAddr> {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.parse().ok().map(|address: IpAddr| address.to_canonical())
}

/// Whether every machine calls itself `host`: `localhost` and all names below it, the loopback addresses, and the
/// addresses that mean any of its own (`0.0.0.0`, `::`).
#[must_use]
pub fn is_here(host: &str) -> bool {
    if let Some(address) = address_of(host) {
        return address.is_loopback() || address.is_unspecified();
    }
    let name = host.strip_suffix('.').unwrap_or(host);
    let last = name.rsplit('.').next().unwrap_or_default();
    last.eq_ignore_ascii_case("localhost")
}

/// What to call instead of `host` where that means any address of this machine: such a one can be listened at, not called.
#[must_use]
pub fn callable(host: &str) -> Option<&'static str> {
    address_of(host).filter(IpAddr::is_unspecified).map(|any| if any.is_ipv4() { "127.0.0.1" } else { "[::1]" })
}

/// Whether `host` is in a network of one's own: this machine, a private address, or a name that no public server has.
#[must_use]
pub fn is_home(host: &str) -> bool {
    match address_of(host) {
        _ if is_here(host) => true,
        Some(IpAddr::V4(ip)) => ip.is_private() || ip.is_link_local(),
        Some(IpAddr::V6(ip)) => ip.is_unique_local() || ip.is_unicast_link_local(),
        None => {
            !host.contains('.') || [".local", ".lan", ".internal", ".home.arpa"].iter().any(|end| host.ends_with(end))
        }
    }
}

/// Whether two endpoints are one server: the same machine and the same port. `here` is whether each is on this machine.
#[must_use]
pub fn is_one_server(a: (&str, bool), b: (&str, bool)) -> bool {
    let [(a, a_here), (b, b_here)] = [a, b];
    let ((a, a_port), (b, b_port)) = (split(a), split(b));
    let [a_here, b_here] = [a_here || is_here(a), b_here || is_here(b)];
    a_port == b_port && ((a_here && b_here) || a.eq_ignore_ascii_case(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_many_names() {
        for host in [
            "localhost",
            "LocalHost",
            "localhost.",
            "api.localhost",
            "127.0.0.1",
            "127.255.255.254",
            "0.0.0.0",
            "::",
            "[::]",
            "::1",
            "[::1]",
            "::ffff:127.0.0.1",
            "[::ffff:7f00:1]",
            "[::ffff:0.0.0.0]",
        ] {
            assert!(is_here(host), "{host}");
            assert!(is_home(host), "{host}");
        }
        for host in ["localhost.example.org", "notlocalhost", "128.0.0.1", "192.168.1.5", "::2", "example.org", ""] {
            assert!(!is_here(host), "{host}");
        }
    }

    #[test]
    fn home_is_what_no_stranger_serves() {
        for host in ["192.168.1.5", "10.0.0.2", "[fd00::1]", "[::ffff:10.0.0.2]", "nas", "mac.local"] {
            assert!(is_home(host), "{host}");
        }
        for host in ["llm.example.org", "192.0.2.7", "[2001:db8::1]"] {
            assert!(!is_home(host), "{host}");
        }
    }

    #[test]
    fn any_address_is_called_by_one_that_answers() {
        assert_eq!(
            ["0.0.0.0", "[::]", "[::ffff:0.0.0.0]"].map(callable),
            [Some("127.0.0.1"), Some("[::1]"), Some("127.0.0.1")]
        );
        assert_eq!(["127.0.0.1", "localhost", "[::1]", "example.org"].map(callable), [None; 4]);
    }

    #[test]
    fn a_port_is_told_from_the_end_of_an_address() {
        for (endpoint, host) in [
            ("localhost:8080", "localhost"),
            ("localhost", "localhost"),
            ("[::1]:8080", "[::1]"),
            ("[::1]", "[::1]"),
            ("::1", "::1"),
            ("192.0.2.7:1", "192.0.2.7"),
        ] {
            assert_eq!(host_of(endpoint), host, "{endpoint}");
        }
    }

    #[test]
    fn one_server_is_one_machine_and_one_port() {
        let one = |a, b| is_one_server((a, false), (b, false));
        assert!(one("0.0.0.0:8080", "localhost:8080") && one("[::1]:1", "127.0.0.1:1") && one("nas:1", "NAS:1"));
        assert!(!one("localhost:1", "localhost:2") && !one("nas:1", "localhost:1") && !one("nas:1", "rack:1"));
        assert!(is_one_server(("nas:1", true), ("localhost:1", false)), "somebody found out that it is this machine");
    }
}
