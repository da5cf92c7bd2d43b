//! A theme as written in a file: named colours, and which slot takes which.
//! Kept beside the finished theme, so that one inheriting from it can change a colour everywhere by its name.

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

use super::colour::SrgbColour;
use super::error::{FilePosition, ThemeError};
use super::slots::{SlotPaint, Slots, TextModifier};

/// A theme file as it is written, all of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ThemeFile {
    name: String,
    #[serde(default)]
    inherits: Option<String>,
    #[serde(default)]
    palette: BTreeMap<String, String>,
    #[serde(default)]
    ansi16: BTreeMap<String, AnsiColour>,
    #[serde(default)]
    lanes: Vec<SlotPaint>,
    #[serde(default)]
    slots: Slots,
}

/// What a theme hands down.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct ThemeSheet {
    palette: BTreeMap<String, String>,
    ansi16: BTreeMap<String, AnsiColour>,
    lanes: Vec<SlotPaint>,
    pub(super) slots: Slots,
}

/// The 16 colours by the names a file uses for them.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum AnsiColour {
    Reset,
    Black,
    Red,
    Green,
    Yellow,
    Blue,
    Magenta,
    Cyan,
    Gray,
    DarkGray,
    LightRed,
    LightGreen,
    LightYellow,
    LightBlue,
    LightMagenta,
    LightCyan,
    White,
}

impl From<AnsiColour> for Color {
    fn from(name: AnsiColour) -> Self {
        match name {
            AnsiColour::Reset => Self::Reset,
            AnsiColour::Black => Self::Black,
            AnsiColour::Red => Self::Red,
            AnsiColour::Green => Self::Green,
            AnsiColour::Yellow => Self::Yellow,
            AnsiColour::Blue => Self::Blue,
            AnsiColour::Magenta => Self::Magenta,
            AnsiColour::Cyan => Self::Cyan,
            AnsiColour::Gray => Self::Gray,
            AnsiColour::DarkGray => Self::DarkGray,
            AnsiColour::LightRed => Self::LightRed,
            AnsiColour::LightGreen => Self::LightGreen,
            AnsiColour::LightYellow => Self::LightYellow,
            AnsiColour::LightBlue => Self::LightBlue,
            AnsiColour::LightMagenta => Self::LightMagenta,
            AnsiColour::LightCyan => Self::LightCyan,
            AnsiColour::White => Self::White,
        }
    }
}

impl ThemeSheet {
    /// The 16-colour name a palette entry asks for in place of `colour`. Styles hold colours and no names, so of two
    /// entries with the same colour the first by name speaks for both.
    pub(super) fn override16(&self, colour: Color) -> Option<Color> {
        let same = |name: &&String| self.palette.get(*name).and_then(|text| plain(text)) == Some(colour);
        self.ansi16.keys().find(same).and_then(|name| self.ansi16.get(name)).map(|ansi| (*ansi).into())
    }

    fn over(mut self, base: &Self) -> Self {
        let absent = |(name, _): &(&String, &String)| !self.palette.contains_key(*name);
        let handed: Vec<_> = base.palette.iter().filter(absent).map(|(k, v)| (k.clone(), v.clone())).collect();
        self.palette.extend(handed);
        for (name, ansi) in &base.ansi16 {
            self.ansi16.entry(name.clone()).or_insert(*ansi);
        }
        if self.lanes.is_empty() {
            self.lanes.clone_from(&base.lanes);
        }
        Self { slots: self.slots.over(&base.slots), ..self }
    }
}

/// A colour that needs no palette.
fn plain(text: &str) -> Option<Color> {
    if text == "reset" { Some(Color::Reset) } else { SrgbColour::parse(text).map(SrgbColour::colour) }
}

/// Reads a theme file, its name and its sheet; `base` looks up the sheet of the theme it inherits from.
pub(super) fn read<'a>(
    text: &str,
    origin: &str,
    base: impl Fn(&str) -> Option<&'a ThemeSheet>,
) -> Result<(String, ThemeSheet), ThemeError> {
    let options = ron::Options::default().with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME);
    let file: ThemeFile = options.from_str(text).map_err(|error| {
        let start = error.span.start;
        let place = FilePosition { origin: origin.to_owned(), line: start.line, column: start.col };
        ThemeError::Syntax { place, reason: error.code.to_string() }
    })?;
    let ThemeFile { name, inherits, palette, ansi16, lanes, slots } = file;
    let mut sheet = ThemeSheet { palette, ansi16, lanes, slots };
    if let Some(name) = inherits {
        let place = || ThemeSource { text, origin }.place("inherits", Some(&name));
        let inherited = base(&name).ok_or_else(|| ThemeError::Base { place: place(), base: name.clone() })?;
        sheet = sheet.over(inherited);
    }
    Ok((name, sheet))
}

/// A file's text, to find again what was wrong in it.
#[derive(Clone, Copy)]
pub(super) struct ThemeSource<'a> {
    pub(super) text: &'a str,
    pub(super) origin: &'a str,
}

impl ThemeSource<'_> {
    /// The place of the string `literal` behind the field `key`, or of the best that can be found of the two.
    fn place(self, key: &str, literal: Option<&str>) -> FilePosition {
        let field = self.text.match_indices(key).map(|(at, _)| at).find(|at| self.is_field(*at, key));
        let start = field.unwrap_or(0);
        let quoted = literal.map(|literal| format!("\"{literal}\""));
        let found = quoted.and_then(|quoted| self.text.get(start..)?.find(&quoted)).map_or(start, |at| start + at);
        let before = self.text.get(..found).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        FilePosition {
            origin: self.origin.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
        }
    }

    /// Whether `key` at byte `at` is a field of its own, not part of a longer word or a comment.
    fn is_field(self, at: usize, key: &str) -> bool {
        let before = self.text.get(..at).unwrap_or_default();
        let after = self.text.get(at + key.len()..).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        let whole = !before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        whole && after.trim_start().starts_with(':') && !line.contains("//")
    }
}

/// Turns paints into styles, with the palette at hand.
pub(super) struct StylePainter<'a> {
    sheet: &'a ThemeSheet,
    source: ThemeSource<'a>,
}

impl<'a> StylePainter<'a> {
    /// A painter for `sheet`, once its palette is known to be sound.
    pub(super) fn new(sheet: &'a ThemeSheet, source: ThemeSource<'a>) -> Result<Self, ThemeError> {
        for (name, text) in &sheet.palette {
            if plain(text).is_none() {
                let place = source.place(&format!("\"{name}\""), Some(text));
                let (slot, text) = (format!("palette.{name}"), text.clone());
                return Err(ThemeError::Colour { place, slot, text, allowed: "#rrggbb or reset".to_owned() });
            }
        }
        if let Some(name) = sheet.ansi16.keys().find(|name| !sheet.palette.contains_key(*name)) {
            let (place, allowed) = (source.place("ansi16", Some(name)), "a name of the palette".to_owned());
            return Err(ThemeError::Colour { place, slot: "ansi16".to_owned(), text: name.clone(), allowed });
        }
        Ok(Self { sheet, source })
    }

    /// The style of a slot.
    pub(super) fn slot(&self, slot: &str, paint: Option<&SlotPaint>) -> Result<Style, ThemeError> {
        let missing = || ThemeError::Missing { place: self.source.place("name", None), slot: slot.to_owned() };
        self.style(slot, paint.ok_or_else(missing)?)
    }

    /// The styles of the lanes; at least two, for there is no race with fewer.
    pub(super) fn lanes(&self) -> Result<Vec<Style>, ThemeError> {
        if self.sheet.lanes.len() < 2 {
            let place = self.source.place("lanes", None);
            return Err(ThemeError::Missing { place, slot: format!("lanes[{}]", self.sheet.lanes.len()) });
        }
        self.sheet.lanes.iter().map(|paint| self.style("lanes", paint)).collect()
    }

    fn style(&self, slot: &str, paint: &SlotPaint) -> Result<Style, ThemeError> {
        let colour = |text: &Option<String>| text.as_ref().map(|text| self.colour(slot, text)).transpose();
        let modifiers = paint.mods.iter().map(|name| match name {
            TextModifier::Bold => Modifier::BOLD,
            TextModifier::Dim => Modifier::DIM,
            TextModifier::Italic => Modifier::ITALIC,
            TextModifier::Underlined => Modifier::UNDERLINED,
            TextModifier::Reversed => Modifier::REVERSED,
        });
        let style = Style { fg: colour(&paint.fg)?, bg: colour(&paint.bg)?, ..Style::new() };
        Ok(style.add_modifier(modifiers.collect::<Modifier>()))
    }

    fn colour(&self, slot: &str, text: &str) -> Result<Color, ThemeError> {
        let named = self.sheet.palette.get(text).map_or(text, String::as_str);
        plain(named).ok_or_else(|| {
            let near = self.sheet.palette.keys().find(|name| strsim::damerau_levenshtein(name, text) <= 2);
            let hint = near.map(|name| format!(" (did you mean '{name}'?)")).unwrap_or_default();
            ThemeError::Colour {
                place: self.source.place(slot, Some(text)),
                slot: slot.to_owned(),
                text: text.to_owned(),
                allowed: format!("#rrggbb, reset or a name of the palette{hint}"),
            }
        })
    }
}
