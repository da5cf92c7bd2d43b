//! How systems describe themselves in text, read without trusting that they do.
//! All of it is pure; the files and commands are the parent's.

/// The value of the first `key : value` line of this key.
pub(super) fn field<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let mut lines = text.lines().filter_map(|line| line.split_once(':'));
    lines.find(|(name, _)| name.trim() == key).map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
}

/// The value of `PRETTY_NAME` in the text of `/etc/os-release`, without its quotes; nothing when it is absent or empty.
pub(super) fn pretty_name(text: &str) -> Option<String> {
    let value = text.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    Some(value.trim().trim_matches(['"', '\'']).to_owned()).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_files_give_nothing() {
        assert_eq!(field("a\nb: \n", "b"), None);
        assert_eq!(pretty_name("NAME=x"), None);
    }
}
