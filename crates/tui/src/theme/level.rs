//! How much colour a terminal can show, and a theme brought down to it.
//! What a lower level loses in colour it must keep in meaning: lanes stay apart, and a badge stays a badge.

use ratatui::style::{Color, Modifier, Style};

use super::Theme;
use super::colour::SrgbColour;

/// The colours a terminal can show.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ColourLevel {
    /// No colour at all, only bold, dim, underline and reverse.
    Mono,
    /// The 16 colours whose look the terminal decides.
    Ansi16,
    /// The 6×6×6 cube and the grey ramp.
    Ansi256,
    /// All colours of 24 bits.
    True,
}

impl ColourLevel {
    /// Reads the level off the environment, given a way to look up a variable.
    pub fn detect(env: impl Fn(&str) -> Option<String>) -> Self {
        let var = |name: &str| env(name).unwrap_or_default().to_ascii_lowercase();
        let (term, program) = (var("TERM"), var("TERM_PROGRAM"));
        // GNU screen passes its parent's COLORTERM on but drops 24-bit colours.
        let screen = term.starts_with("screen") && !var("STY").is_empty();
        let deep = matches!(var("COLORTERM").as_str(), "truecolor" | "24bit")
            || !var("WT_SESSION").is_empty()
            || matches!(program.as_str(), "iterm.app" | "wezterm" | "ghostty" | "vscode" | "hyper" | "rio" | "tabby")
            || ["direct", "truecolor", "kitty", "alacritty", "ghostty", "foot", "wezterm"]
                .iter()
                .any(|name| term.contains(name));
        if !var("NO_COLOR").is_empty() || term == "dumb" {
            Self::Mono
        } else if deep && !screen {
            Self::True
        } else if deep || term.contains("256color") || program == "apple_terminal" {
            Self::Ansi256
        } else {
            Self::Ansi16
        }
    }
}

/// The colours of a dark terminal that read well on it, and what hue each stands for.
const BRIGHT: [(Color, SrgbColour); 6] = [
    (Color::LightRed, SrgbColour(255, 60, 60)),
    (Color::LightGreen, SrgbColour(60, 230, 60)),
    (Color::LightYellow, SrgbColour(250, 220, 60)),
    (Color::LightBlue, SrgbColour(80, 120, 255)),
    (Color::LightMagenta, SrgbColour(255, 60, 255)),
    (Color::LightCyan, SrgbColour(60, 240, 240)),
];

/// The same for a light terminal, on which no terminal's yellow can be read.
const DEEP: [(Color, SrgbColour); 5] = [
    (Color::Red, SrgbColour(205, 0, 0)),
    (Color::Green, SrgbColour(0, 140, 0)),
    (Color::Blue, SrgbColour(0, 0, 220)),
    (Color::Magenta, SrgbColour(180, 0, 180)),
    (Color::Cyan, SrgbColour(0, 140, 150)),
];

/// Below this chroma a colour is a tinted grey.
const GREY: f64 = 0.06;

/// Contrast with the ground below which a colour is one of its shades, and above which a grey is a text colour.
const FAINT: f64 = 3.0;
const STRONG: f64 = 7.0;

/// Slots that hold an area rather than mark something: their colour may go.
const GROUNDS: [&str; 4] = ["background", "surface", "overlay", "dim"];

/// What makes up for a lost colour. Slots not named here keep the modifiers they have.
fn stand_in(slot: &str) -> Modifier {
    match slot {
        "sim" | "selection" => Modifier::REVERSED.union(Modifier::BOLD),
        "win" | "heading" | "border_active" | "accent" | "speed" | "key" | "rec" | "stopwatch_stamped" => {
            Modifier::BOLD
        }
        "error" | "badge_broken" => Modifier::BOLD.union(Modifier::UNDERLINED),
        "muted" | "dim" | "border" | "track" | "spark_zero" | "spark_absent" | "lose" | "badge_unknown" => {
            Modifier::DIM
        }
        _ => Modifier::empty(),
    }
}

impl Theme {
    /// A copy that uses no more colour than `level` allows.
    #[must_use]
    pub fn at(&self, level: ColourLevel) -> Self {
        match level {
            ColourLevel::True => self.clone(),
            ColourLevel::Ansi256 => self.map(|_, style| recolour(style, indexed)),
            ColourLevel::Ansi16 => SixteenColours::of(self).apply(),
            ColourLevel::Mono => self.mono(),
        }
    }

    fn mono(&self) -> Self {
        let mut theme = self.map(|slot, style| {
            let bare = Style { fg: None, bg: None, underline_color: None, ..style };
            let badge = style.bg.is_some() && !GROUNDS.contains(&slot);
            let bare = if badge { bare.add_modifier(Modifier::REVERSED) } else { bare };
            bare.add_modifier(stand_in(slot))
        });
        let looks = [Modifier::BOLD, Modifier::empty(), Modifier::BOLD.union(Modifier::ITALIC), Modifier::ITALIC];
        let underlined = looks.map(|look| look.union(Modifier::UNDERLINED));
        theme.lanes = looks.into_iter().chain(underlined).map(|look| Style::new().add_modifier(look)).collect();
        theme.lanes_dim = theme.lanes.iter().map(|lane| lane.add_modifier(Modifier::DIM)).collect();
        theme
    }
}

fn recolour(style: Style, change: impl Fn(Color) -> Color) -> Style {
    Style { fg: style.fg.map(&change), bg: style.bg.map(&change), ..style }
}

fn indexed(colour: Color) -> Color {
    SrgbColour::of(colour).map_or(colour, |rgb| Color::Indexed(rgb.indexed()))
}

/// A theme on its way to 16 colours.
struct SixteenColours<'a> {
    theme: &'a Theme,
    ground: SrgbColour,
}

impl<'a> SixteenColours<'a> {
    fn of(theme: &'a Theme) -> Self {
        Self { theme, ground: theme.background.bg.and_then(SrgbColour::of).unwrap_or(SrgbColour(0, 0, 0)) }
    }

    fn is_dark(&self) -> bool {
        self.ground.luminance() < 0.18
    }

    fn apply(&self) -> Theme {
        let mut theme = self.theme.map(|slot, style| self.slot(slot, style));
        theme.lanes = self.lanes();
        theme.lanes_dim = theme.lanes.iter().map(|lane| lane.add_modifier(Modifier::DIM)).collect();
        theme
    }

    fn slot(&self, slot: &str, style: Style) -> Style {
        let fg = style.fg.map(|colour| self.mark(colour));
        if GROUNDS.contains(&slot) {
            // The terminal's own ground: any of the 16 colours under a whole screen fights with the text on it.
            return Style { fg, bg: style.bg.map(|_| Color::Reset), ..style };
        }
        match style.bg.map(|colour| self.mark(colour)) {
            None => Style { fg, ..style },
            Some(Color::Reset | Color::DarkGray) => {
                Style { fg: None, bg: None, ..style }.add_modifier(Modifier::REVERSED)
            }
            Some(bg) => {
                let ink = if self.is_dark() { Color::Black } else { Color::White };
                Style { fg: Some(ink), bg: Some(bg), ..style }
            }
        }
    }

    /// One of the 16 for a mark on the ground: what is faint stays faint, a grey stays a grey, anything else goes to
    /// the nearest hue.
    fn mark(&self, colour: Color) -> Color {
        let Some(rgb) = SrgbColour::of(colour) else { return colour };
        if let Some(named) = self.theme.sheet.override16(colour) {
            named
        } else if rgb.contrast(self.ground) < FAINT {
            Color::DarkGray
        } else if rgb.lab().chroma() >= GREY {
            self.nearest(rgb, &[])
        } else if rgb.contrast(self.ground) >= STRONG {
            Color::Reset
        } else {
            Color::DarkGray
        }
    }

    /// The nearest hue that is not in `taken`; once all are taken, the nearest of all.
    fn nearest(&self, rgb: SrgbColour, taken: &[Color]) -> Color {
        let lab = rgb.lab();
        let all = if self.is_dark() { BRIGHT.as_slice() } else { DEEP.as_slice() };
        let best = |free: &dyn Fn(Color) -> bool| {
            let gap = |entry: &(Color, SrgbColour)| lab.hue_gap(entry.1.lab());
            all.iter().filter(|entry| free(entry.0)).min_by(|a, b| gap(a).total_cmp(&gap(b))).map(|entry| entry.0)
        };
        best(&|colour| !taken.contains(&colour)).or_else(|| best(&|_| true)).unwrap_or(Color::Reset)
    }

    /// Lanes are told apart by colour more than anything else, so each takes one that no earlier lane has.
    fn lanes(&self) -> Vec<Style> {
        let mut taken = Vec::new();
        for lane in &self.theme.lanes {
            let fg = lane.fg.unwrap_or(Color::Reset);
            let options = self.theme.sheet.override16(fg).filter(|colour| !taken.contains(colour));
            taken.push(options.unwrap_or_else(|| SrgbColour::of(fg).map_or(fg, |rgb| self.nearest(rgb, &taken))));
        }
        let earlier = |index: usize| taken.iter().take(index).filter(|colour| taken.get(index) == Some(colour)).count();
        let looks =
            [Modifier::empty(), Modifier::UNDERLINED, Modifier::ITALIC, Modifier::UNDERLINED.union(Modifier::ITALIC)];
        let mark = |index: usize| looks.get(earlier(index)).copied().unwrap_or_default();
        let lanes = self.theme.lanes.iter().zip(&taken).enumerate();
        lanes.map(|(index, (lane, fg))| Style { fg: Some(*fg), bg: None, ..*lane }.add_modifier(mark(index))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_names_the_level() {
        let cases: [(&[(&str, &str)], ColourLevel); 14] = [
            (&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")], ColourLevel::True),
            (&[("TERM", "xterm-256color"), ("COLORTERM", "24bit"), ("NO_COLOR", "1")], ColourLevel::Mono),
            (&[("TERM", "xterm-256color"), ("NO_COLOR", "")], ColourLevel::Ansi256),
            (&[("TERM", "dumb"), ("COLORTERM", "truecolor")], ColourLevel::Mono),
            (&[("TERM", "linux")], ColourLevel::Ansi16),
            (&[("TERM", "xterm")], ColourLevel::Ansi16),
            (&[], ColourLevel::Ansi16),
            (&[("WT_SESSION", "8f")], ColourLevel::True),
            (&[("TERM", "xterm-kitty")], ColourLevel::True),
            (&[("TERM", "xterm-direct")], ColourLevel::True),
            (&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "Apple_Terminal")], ColourLevel::Ansi256),
            (&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "iTerm.app")], ColourLevel::True),
            (&[("TERM", "screen-256color"), ("STY", "1.pts"), ("COLORTERM", "truecolor")], ColourLevel::Ansi256),
            (&[("TERM", "tmux-256color"), ("COLORTERM", "truecolor")], ColourLevel::True),
        ];
        for (vars, level) in cases {
            let env = |name: &str| vars.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
            assert_eq!(ColourLevel::detect(env), level, "{vars:?}");
        }
    }
}
