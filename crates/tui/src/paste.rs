//! What a terminal makes of pasted text, undone: most send a line break as a carriage return, as the Enter key does.
//! Whatever else of it could only be meant for a terminal is left out.

/// `pasted` with its line breaks as `\n`, whichever of CR, CRLF and LF they came as, and without control characters other
/// than tabs.
#[must_use]
pub fn text(pasted: &str) -> String {
    let mut last = '\0';
    let mut text = String::with_capacity(pasted.len());
    for c in pasted.chars() {
        match c {
            '\n' if last == '\r' => {}
            '\r' | '\n' => text.push('\n'),
            c if c.is_control() && c != '\t' => {}
            c => text.push(c),
        }
        last = c;
    }
    text
}

/// The first line of `pasted` with anything in it, for a field of one line.
#[must_use]
pub fn line(pasted: &str) -> String {
    text(pasted).lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_break_a_line_breaks_one() {
        let meant = "first line\nsecond line\n\n\tindented fourth";
        for way in ["\r", "\r\n", "\n"] {
            assert_eq!(text(&meant.replace('\n', way)), meant, "{way:?}");
        }
        assert_eq!(text("a\r\n\rb\n\rc\r\r\n"), "a\n\nb\n\nc\n\n", "mixed");
    }

    #[test]
    fn nothing_that_drives_a_terminal_is_pasted() {
        assert_eq!(text("a\u{1b}[2J\0\u{7f}\u{9b}b\u{8}\tö"), "a[2Jb\tö");
        assert_eq!(text("a\r\u{7}\nb"), "a\n\nb");
    }

    #[test]
    fn a_field_takes_one_line() {
        assert_eq!(line("\r\r  1.5s\t\rfinish"), "1.5s");
        assert_eq!(line("\r\n"), "");
    }
}
