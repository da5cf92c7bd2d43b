//! Cuts a body of JSON into its outermost objects as they close, whether they stand alone, one after the other, or in a list.
//! So a list that a server writes piece by piece is a stream, too.

use std::borrow::Cow;

/// Longest object that is taken, in bytes.
const MAX_OBJECT: usize = 2 << 20;

/// Cuts objects out of a body in pieces of any size.
#[derive(Debug, Default)]
pub(super) struct JsonCutter {
    /// The object that is open, as far as it has come.
    object: Vec<u8>,
    depth: usize,
    in_string: bool,
    escaped: bool,
    /// The open object is longer than the limit.
    too_long: bool,
}

/// One piece of a body of JSON.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum JsonPiece<'a> {
    /// An object, whole as far as its brackets tell.
    Object(Cow<'a, str>),
    /// An object longer than the limit was passed over.
    TooLong,
}

impl JsonCutter {
    /// Takes the next bytes and hands over each object that they close.
    pub(super) fn feed(&mut self, bytes: &[u8], sink: &mut impl FnMut(&JsonPiece<'_>)) {
        for byte in bytes {
            if self.depth == 0 && *byte != b'{' {
                // Brackets, commas and line ends between objects; anything else there is told by what is missing.
                continue;
            }
            if self.object.len() < MAX_OBJECT {
                self.object.push(*byte);
            } else {
                self.too_long = true;
            }
            if self.closes(*byte) {
                let object = std::mem::take(&mut self.object);
                sink(&if std::mem::take(&mut self.too_long) {
                    JsonPiece::TooLong
                } else {
                    JsonPiece::Object(String::from_utf8_lossy(&object))
                });
            }
        }
    }

    /// What is left of an object that never closed; nothing where there is none.
    pub(super) fn open(&self) -> Option<Cow<'_, str>> {
        (self.depth > 0).then(|| String::from_utf8_lossy(&self.object))
    }

    /// Whether `byte` closes the outermost object.
    const fn closes(&mut self, byte: u8) -> bool {
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
            return false;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        self.depth == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(body: &str, size: usize) -> (Vec<String>, bool) {
        let (mut cutter, mut objects) = (JsonCutter::default(), Vec::new());
        for piece in body.as_bytes().chunks(size) {
            cutter.feed(piece, &mut |piece| {
                objects.push(match piece {
                    JsonPiece::Object(object) => object.to_string(),
                    JsonPiece::TooLong => "too long".into(),
                });
            });
        }
        (objects, cutter.open().is_some())
    }

    #[test]
    fn objects_are_cut_wherever_they_stand() {
        let objects = [r#"{"a":"}]\"{ü"}"#, r#"{"b":[{"c":1},[2]]}"#];
        for body in [objects.concat(), format!("[{}\n,\r\n{}]", objects[0], objects[1]), objects.join("\n")] {
            for size in [1, 2, 5, body.len()] {
                assert_eq!(cut(&body, size), (objects.map(str::to_owned).to_vec(), false), "{body} by {size}");
            }
        }
        assert_eq!(cut(r#"[{"a":1},{"b":"#, 3), (vec![r#"{"a":1}"#.to_owned()], true));
        assert_eq!(cut("[]", 1), (Vec::new(), false));
    }

    #[test]
    fn what_is_too_long_is_passed_over() {
        let body = format!(r#"{{"a":"{}"}}{{"b":1}}"#, "x".repeat(MAX_OBJECT));
        assert_eq!(cut(&body, 1 << 16).0, ["too long", r#"{"b":1}"#]);
    }
}
