//! Whether a host is this machine, whatever it is called here: by its own names, its addresses and its list of hosts.
//! Nothing is asked of the network, so the answer comes at once; names of hosts are compared and never kept.

use std::net::{IpAddr, UdpSocket};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use speed_kings_core::race::machine::{address_of, is_here};

/// Where a machine keeps the names that it knows by itself.
const HOSTS: &str = "/etc/hosts";

/// Whether `host`, a name or an address, is the machine that this runs on.
#[must_use]
pub fn is_this_machine(host: &str) -> bool {
    is_here(host) || among(host, own_name(), &std::fs::read_to_string(HOSTS).unwrap_or_default(), is_own)
}

/// Whether `host` is one of the machine's own addresses, its name `own`, or a name that `hosts` gives to one of them.
fn among(host: &str, own: Option<&str>, hosts: &str, is_own: impl Fn(IpAddr) -> bool) -> bool {
    if let Some(address) = address_of(host) {
        return is_own(address);
    }
    let host = host.trim_end_matches('.').to_lowercase();
    let named = |name: &str| !host.is_empty() && host == name.trim_end_matches('.').to_lowercase();
    let own = own.filter(|own| !own.is_empty() && !own.starts_with('.')).is_some_and(|own| {
        let short = own.split('.').next().unwrap_or(own);
        [own, short, &format!("{short}.local"), &format!("{short}.lan")].into_iter().any(named)
    });
    own || hosts.lines().any(|line| {
        let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
        let address = words.next().and_then(address_of);
        address.is_some_and(|address| is_here(&address.to_string()) || is_own(address)) && words.any(named)
    })
}

/// Whether `address` belongs to an interface of this machine: only then can something be bound to it.
fn is_own(address: IpAddr) -> bool {
    let to_many = address.is_multicast() || matches!(address, IpAddr::V4(address) if address.is_broadcast());
    !to_many && UdpSocket::bind((address, 0)).is_ok()
}

/// What the machine calls itself; asked once.
fn own_name() -> Option<&'static str> {
    static NAME: OnceLock<Option<String>> = OnceLock::new();
    let some = |name: String| Some(name.trim().to_owned()).filter(|name| !name.is_empty());
    let told = || Command::new("hostname").stdin(Stdio::null()).output().ok().map(|told| told.stdout);
    NAME.get_or_init(|| {
        let file = std::fs::read_to_string("/proc/sys/kernel/hostname").ok().and_then(some);
        file.or_else(|| some(String::from_utf8(told()?).ok()?))
    })
    .as_deref()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_knows_its_names_and_addresses() {
        let own = |address: IpAddr| address.to_string() == "192.0.2.7";
        let hosts = "127.0.1.1 rack.example.org alias # the-comment\n192.0.2.7 card\n192.0.2.8 other\n";
        for host in
            ["rack", "Rack.Lan", "rack.local", "alias", "rack.example.org", "card", "192.0.2.7", "[::ffff:192.0.2.7]"]
        {
            assert!(among(host, Some("rack.example.net"), hosts, own), "{host}");
        }
        for host in ["other", "192.0.2.8", "the-comment", "example.org", ""] {
            assert!(!among(host, Some("rack.example.net"), hosts, own), "{host}");
        }
        assert!(!among("local", None, "", own) && !among(".local", None, "", own));
    }

    #[test]
    fn this_one_is_found_and_a_stranger_is_not() {
        assert!(is_this_machine("127.0.0.1") && is_this_machine("0.0.0.0") && is_this_machine("x.localhost"));
        assert!(own_name().is_none_or(is_this_machine));
        // An address for documentation, which no machine has.
        assert!(!is_this_machine("203.0.113.9") && !is_this_machine("llm.example.org"));
    }
}
