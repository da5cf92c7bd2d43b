//! The figures behind a page, in it: packed, so that a page stays small, and unpacked by the browser to be saved.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use maud::{Markup, PreEscaped, html};

/// A file that the page holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PageData {
    /// What it is called when it is saved, for example `results.json`.
    pub name: String,
    /// What is in it, in a few words for the button.
    pub what: String,
    /// The file itself, before it is packed.
    pub bytes: Vec<u8>,
}

impl PageData {
    /// Its button, and the packed file for it.
    pub(crate) fn markup(&self) -> Markup {
        html! {
            p {
                button type="button" class="save" data-name=(self.name) { "Save " (self.name) }
                " " (self.what)
            }
            script type="application/octet-stream" data-file=(self.name) { (PreEscaped(self.packed())) }
        }
    }

    /// As gzip in base64, which no page can take for markup; without a time, so that the same data are the same bytes.
    fn packed(&self) -> String {
        let mut packer = GzEncoder::new(Vec::new(), Compression::default());
        // Nothing that is written to memory fails.
        let _ = packer.write_all(&self.bytes);
        STANDARD.encode(packer.finish().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn what_is_packed_is_there_again() {
        let bytes = "</script>\u{202e}{\"a\": [1, 2]}".repeat(500).into_bytes();
        let data = PageData { name: "a.json".into(), what: "everything".into(), bytes: bytes.clone() };
        let packed = data.packed();
        assert_eq!(packed, data.packed(), "the same bytes each time");
        assert!(
            packed.len() < bytes.len() / 10
                && packed.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte))
        );
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(STANDARD.decode(packed).unwrap().as_slice()).read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, bytes);
    }
}
