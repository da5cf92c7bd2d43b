//! Numbers as a terminal's sequences have them.

/// What begins a sequence.
pub(super) const CSI: &[u8] = b"\x1b[";

/// Appends `number` in digits.
pub(super) fn push_number(out: &mut Vec<u8>, number: u16) {
    if let rest @ 1.. = number / 10 {
        push_number(out, rest);
    }
    out.push(b'0' + u8::try_from(number % 10).unwrap_or(0));
}

/// How many digits `number` has.
pub(super) const fn digits(number: u16) -> usize {
    match number {
        0..10 => 1,
        10..100 => 2,
        100..1_000 => 3,
        1_000..10_000 => 4,
        _ => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_do() {
        for number in [0, 9, 10, 99, 100, 999, 1_000, 9_999, 10_000, u16::MAX] {
            let mut out = Vec::new();
            push_number(&mut out, number);
            assert_eq!(
                (String::from_utf8(out).unwrap(), digits(number)),
                (number.to_string(), number.to_string().len())
            );
        }
    }
}
