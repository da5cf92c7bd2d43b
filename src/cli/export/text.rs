//! The formats that are text: which ending is which, and what writes it.
//! They need no font and no encoder.

use std::path::PathBuf;

use crate::cli::args::ExportArgs;
use crate::cli::output::OutputKind;
use crate::film::Exporter;
use crate::film::animation::SvgAnimation;
use crate::film::cast::{CastVersion, CastWriter};
use crate::film::document::ReportExporter;
use crate::film::html::HtmlPage;
use crate::film::script::StillAt;
use crate::film::still::{StillExporter, StillForm};
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

/// The endings of files, without the dot, with the format that each stands for.
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
    pub(super) const fn kind(self) -> OutputKind {
        match self {
            Self::Cast => OutputKind::Cast,
            Self::Svg => OutputKind::Svg,
            Self::Html => OutputKind::Html,
            Self::Txt => OutputKind::Txt,
            Self::Json => OutputKind::Json,
            Self::Csv => OutputKind::Csv,
            Self::Markdown => OutputKind::Markdown,
        }
    }

    /// What writes this format to `path`. An SVG moves unless one moment was asked for.
    pub(super) fn exporter(self, path: PathBuf, shot: Option<StillAt>, args: &ExportArgs) -> Box<dyn Exporter> {
        match (self, shot) {
            (Self::Cast, _) if args.cast_version == 2 => Box::new(CastWriter::new(path, CastVersion::V2)),
            (Self::Cast, _) => Box::new(CastWriter::new(path, CastVersion::V3)),
            (Self::Svg, None) => Box::new(SvgAnimation::new(path)),
            (Self::Svg, Some(shot)) => Box::new(StillExporter::new(path, StillForm::Svg, shot)),
            (Self::Html, _) => Box::new(HtmlPage::new(path)),
            (Self::Txt, shot) => Box::new(StillExporter::new(path, StillForm::Text, shot.unwrap_or(StillAt::Verdict))),
            (Self::Json, _) => Box::new(ReportExporter::new(path, report::json::write)),
            (Self::Csv, _) => Box::new(ReportExporter::new(path, report::csv::write)),
            (Self::Markdown, _) => Box::new(ReportExporter::new(path, report::markdown::write)),
        }
    }
}
