//! Numbers of things, in words that fit one as well as many.

use std::fmt::Display;

/// `1 run`, `12 runs`: a count with the noun that goes with it, and with its verb where that changes, too.
#[must_use]
pub fn counted<T: Copy + Display + PartialEq + From<u8>>(count: T, one: &str, many: &str) -> String {
    let noun = if count == T::from(1) { one } else { many };
    format!("{count} {noun}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_not_many() {
        let runs = [0_usize, 1, 2].map(|count| counted(count, "run", "runs"));
        assert_eq!(runs, ["0 runs", "1 run", "2 runs"]);
        assert_eq!(counted(1_u64, "request counts", "requests count"), "1 request counts");
    }
}
