//! The formats that are text: which ending is which, and what writes it.
//! They need no font and no encoder.

use std::path::PathBuf;

use crate::cli::args::ExportArgs;
use crate::cli::output::Kind;
use crate::film::Exporter;
use crate::film::animation::Animation;
use crate::film::cast::{Cast, CastVersion};
use crate::film::document::Document;
use crate::film::html::Page;
use crate::film::script::Shot;
use crate::film::still::{Still, StillForm};
use crate::report;

/// A format that is text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum TextFormat {
    Cast,
    Svg,
    Html,
    Txt,
    Json,
    Csv,
    Markdown,
}

/// Their endings.
pub(super) const ENDINGS: [(&str, TextFormat); 7] = [
    ("cast", TextFormat::Cast),
    ("svg", TextFormat::Svg),
    ("html", TextFormat::Html),
    ("txt", TextFormat::Txt),
    ("json", TextFormat::Json),
    ("csv", TextFormat::Csv),
    ("md", TextFormat::Markdown),
];

impl TextFormat {
    /// What kind of file it is.
    pub(super) const fn kind(self) -> Kind {
        match self {
            Self::Cast => Kind::Cast,
            Self::Svg => Kind::Svg,
            Self::Html => Kind::Html,
            Self::Txt => Kind::Txt,
            Self::Json => Kind::Json,
            Self::Csv => Kind::Csv,
            Self::Markdown => Kind::Markdown,
        }
    }

    /// What writes this format to `path`. An SVG moves unless one moment was asked for.
    pub(super) fn exporter(self, path: PathBuf, shot: Option<Shot>, args: &ExportArgs) -> Box<dyn Exporter> {
        match (self, shot) {
            (Self::Cast, _) if args.cast_version == 2 => Box::new(Cast::new(path, CastVersion::V2)),
            (Self::Cast, _) => Box::new(Cast::new(path, CastVersion::V3)),
            (Self::Svg, None) => Box::new(Animation::new(path)),
            (Self::Svg, Some(shot)) => Box::new(Still::new(path, StillForm::Svg, shot)),
            (Self::Html, _) => Box::new(Page::new(path)),
            (Self::Txt, shot) => Box::new(Still::new(path, StillForm::Text, shot.unwrap_or(Shot::Verdict))),
            (Self::Json, _) => Box::new(Document::new(path, report::json::write)),
            (Self::Csv, _) => Box::new(Document::new(path, report::csv::write)),
            (Self::Markdown, _) => Box::new(Document::new(path, report::markdown::write)),
        }
    }
}
