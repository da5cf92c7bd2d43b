//! What every built-in theme owes its reader, at every colour level, and what a bad file is told.
//! Thresholds are WCAG 2's: 7 for running text, 4.5 for what is read, 3 for what is only seen.

use std::fs;

use ratatui::style::{Color, Modifier, Style};

use super::colour::{OklabColour, SrgbColour};
use super::vision::ColourVision;
use super::{ColourLevel, Theme, ThemeSet};

fn themes() -> ThemeSet {
    ThemeSet::builtin().unwrap_or_else(|error| panic!("{error}"))
}

fn fg(style: Style) -> SrgbColour {
    style.fg.and_then(SrgbColour::of).expect("a foreground")
}

fn bg(style: Style) -> SrgbColour {
    style.bg.and_then(SrgbColour::of).expect("a background")
}

fn distance(a: SrgbColour, b: SrgbColour) -> f64 {
    a.lab().distance(b.lab())
}

#[test]
fn built_in_themes_parse_and_have_eight_lanes() {
    let themes = themes();
    let names: Vec<_> = themes.names().collect();
    assert_eq!(names, ["midnight", "synthwave", "amber", "phosphor", "okabe", "contrast", "daylight"]);
    for theme in themes.iter() {
        assert_eq!(theme.lanes.len(), 8, "{}", theme.name);
        assert_eq!(theme.lane(0), theme.lane(theme.lanes.len()), "lanes come round");
    }
}

#[test]
fn everything_is_readable_where_it_stands() {
    for theme in themes().iter() {
        for ground in [theme.background, theme.surface].map(bg) {
            let mut asked = vec![("text", theme.text, 7.0), ("heading", theme.heading, 7.0)];
            for (slot, style) in theme.slots() {
                let least = match slot {
                    "spark_zero" | "spark_absent" | "dim" => continue,
                    "border" | "track" | "border_active" | "spark" => 3.0,
                    _ => 4.5,
                };
                if style.bg.is_none() {
                    asked.push((slot, style, least));
                }
            }
            asked.extend(theme.lanes.iter().map(|lane| ("lanes", *lane, 4.5)));
            asked.extend((0..8).map(|index| ("frames of lanes", theme.lane_dim(index), 3.0)));
            for (slot, style, least) in asked {
                let ratio = fg(style).contrast(ground);
                assert!(ratio >= least, "{}: {slot} {ratio:.2} < {least}", theme.name);
            }
        }
        for (slot, style) in theme.slots().filter(|(_, style)| style.bg.is_some()) {
            let ratio = fg(style).contrast(bg(style));
            assert!(ratio >= 4.5, "{}: {slot} {ratio:.2} on its own background", theme.name);
        }
    }
}

#[test]
fn high_contrast_lives_up_to_its_name() {
    let themes = themes();
    let theme = themes.get("contrast").unwrap();
    for (slot, style) in theme.slots().filter(|(slot, style)| style.bg.is_none() && !faint(slot)) {
        assert!(fg(style).contrast(bg(theme.background)) >= 7.0, "{slot}");
    }
}

fn faint(slot: &str) -> bool {
    matches!(slot, "track" | "spark_zero" | "spark_absent" | "dim")
}

#[test]
fn lanes_look_different_from_each_other() {
    for theme in themes().iter() {
        let lanes: Vec<_> = theme.lanes.iter().map(|lane| fg(*lane)).collect();
        assert!(distance(lanes[0], lanes[1]) >= 0.2, "{}: the two that race", theme.name);
        for (index, lane) in lanes.iter().enumerate() {
            for other in &lanes[..index] {
                assert!(distance(*lane, *other) >= 0.08, "{}: {lane:?} {other:?}", theme.name);
            }
        }
    }
}

#[test]
fn the_two_lanes_differ_for_the_colour_blind() {
    for theme in themes().iter() {
        for vision in [ColourVision::Protanopia, ColourVision::Deuteranopia] {
            let [a, b] = [0, 1].map(|lane| OklabColour::of_linear(vision.seen(fg(theme.lane(lane)))));
            let least = if theme.name == "okabe" { 0.2 } else { 0.1 };
            assert!(a.distance(b) >= least, "{}: {:.3}", theme.name, a.distance(b));
        }
    }
    let themes = themes();
    let okabe = themes.get("okabe").unwrap();
    for vision in [ColourVision::Protanopia, ColourVision::Deuteranopia] {
        let [a, b] = [okabe.win, okabe.lose].map(|style| OklabColour::of_linear(vision.seen(fg(style))));
        let apart = a.distance(b);
        assert!(apart >= 0.08, "win and lose {apart:.3}");
    }
}

/// The least difference of any two lanes, and of the winner's colour from each lane, by CIEDE2000: twice what is plain to
/// see side by side.
const APART: (f64, f64) = (15.0, 11.0);

#[test]
fn any_two_of_eight_lanes_differ_for_every_eye_and_none_is_the_colour_of_winning() {
    for theme in themes().iter() {
        let lanes: Vec<_> = theme.lanes.iter().map(|lane| fg(*lane)).collect();
        for vision in [ColourVision::Usual, ColourVision::Protanopia, ColourVision::Deuteranopia] {
            for (index, lane) in lanes.iter().enumerate() {
                for (other, colour) in lanes.iter().enumerate().take(index) {
                    let apart = vision.difference(*lane, *colour);
                    assert!(apart >= APART.0, "{}: lanes {other} and {index} {vision:?} {apart:.1}", theme.name);
                }
            }
        }
        for (index, lane) in lanes.iter().enumerate() {
            let apart = ColourVision::Usual.difference(fg(theme.win), *lane);
            assert!(apart >= APART.1, "{}: lane {index} is {apart:.1} from the winner's colour", theme.name);
        }
    }
}

#[test]
fn simulated_is_unmistakable_at_every_level() {
    for theme in themes().iter() {
        assert!(bg(theme.sim).contrast(bg(theme.background)) >= 4.5, "{}", theme.name);
        for level in [ColourLevel::Mono, ColourLevel::Ansi16, ColourLevel::Ansi256, ColourLevel::True] {
            let theme = theme.at(level);
            for style in [theme.sim, theme.selection] {
                let block = style.bg.is_some_and(|bg| bg != Color::Reset && Some(bg) != style.fg);
                assert!(block || style.add_modifier.contains(Modifier::REVERSED), "{} {level:?}", theme.name);
            }
        }
    }
}

#[test]
fn the_chosen_row_shows_without_its_text() {
    for theme in themes().iter() {
        let ratio = bg(theme.selection).contrast(bg(theme.surface));
        assert!(ratio >= 1.4, "{}: {ratio:.2}", theme.name);
        let coarse = theme.at(ColourLevel::Ansi256);
        assert_ne!(coarse.selection.bg, coarse.surface.bg, "{}", theme.name);
    }
}

#[test]
fn lanes_stay_apart_at_every_level() {
    for theme in themes().iter() {
        for level in [ColourLevel::Mono, ColourLevel::Ansi16, ColourLevel::Ansi256, ColourLevel::True] {
            let lanes = theme.at(level).lanes;
            for (index, lane) in lanes.iter().enumerate() {
                assert!(!lanes[..index].contains(lane), "{} {level:?}: {lane:?}", theme.name);
            }
        }
    }
}

#[test]
fn lower_levels_use_only_their_own_colours() {
    for theme in themes().iter() {
        let colours = |level| {
            let theme = theme.at(level);
            let lanes = (0..4).flat_map(|index| [theme.lane(index), theme.lane_dim(index)]).collect::<Vec<_>>();
            theme
                .slots()
                .map(|(_, style)| style)
                .chain(lanes)
                .flat_map(|style| [style.fg, style.bg])
                .flatten()
                .collect()
        };
        let (mono, few, many): (Vec<Color>, Vec<Color>, Vec<Color>) =
            (colours(ColourLevel::Mono), colours(ColourLevel::Ansi16), colours(ColourLevel::Ansi256));
        assert!(mono.is_empty());
        assert!(few.iter().all(|colour| !matches!(colour, Color::Rgb(..) | Color::Indexed(_))));
        assert!(many.iter().all(|colour| matches!(colour, Color::Indexed(16..))));
    }
}

#[test]
fn sixteen_colours_leave_the_ground_to_the_terminal() {
    for theme in themes().iter() {
        let theme = theme.at(ColourLevel::Ansi16);
        assert_eq!((theme.background.bg, theme.surface.bg), (Some(Color::Reset), Some(Color::Reset)));
    }
}

fn complaint(text: &str) -> String {
    let themes = themes();
    Theme::parse(text, "mine.ron", |name| themes.get(name)).expect_err("a bad theme").to_string()
}

#[test]
fn a_bad_file_is_told_where_and_what() {
    let head = "(\n  name: \"mine\", inherits: \"midnight\",\n";
    for (body, expected) in [
        (
            "  // win: (fg: \"#12345g\"),\n  slots: (win: (fg: \"#12345g\")))",
            "mine.ron:4:21: slot 'win': '#12345g' is not a colour; expected #rrggbb, reset or a name of the palette",
        ),
        (
            "  slots: (heat: (bg: \"gren\")))",
            "mine.ron:3:22: slot 'heat': 'gren' is not a colour; expected #rrggbb, reset or a name of the palette \
             (did you mean 'green'?)",
        ),
        (
            "  palette: {\"ink\": \"navy\"})",
            "mine.ron:3:20: slot 'palette.ink': 'navy' is not a colour; expected #rrggbb or reset",
        ),
        (
            "  ansi16: {\"teal\": cyan})",
            "mine.ron:3:12: slot 'ansi16': 'teal' is not a colour; expected a name of the palette",
        ),
        ("  lanes: [(fg: \"cyan\")])", "mine.ron:3:3: slot 'lanes[1]' is missing"),
        ("  slots: (wni: (fg: \"cyan\")))", "mine.ron:3:11: Unexpected field named `wni`"),
        ("  slots: (win: (fg: \"cyan\", mods: [blink])))", "mine.ron:3:"),
        ("  slots: (win: ", "mine.ron:3:"),
    ] {
        let said = complaint(&format!("{head}{body}"));
        assert!(said.starts_with(expected), "{said}\nnot\n{expected}");
    }
}

#[test]
fn a_theme_on_its_own_must_be_whole() {
    let said = complaint("(name: \"mine\")");
    assert!(said.starts_with("mine.ron:1:2: slot 'background' is missing"), "{said}");
    let said = complaint("(name: \"mine\", inherits: \"noon\")");
    assert_eq!(said, "mine.ron:1:26: inherits 'noon', which is not a known theme");
}

#[test]
fn an_heir_changes_a_colour_everywhere_by_its_name() {
    let themes = themes();
    let text = "(name: \"mine\", inherits: \"midnight\", palette: {\"cyan\": \"#010203\"})";
    let theme = Theme::parse(text, "mine.ron", |name| themes.get(name)).unwrap();
    assert_eq!(fg(theme.lane(0)), SrgbColour(1, 2, 3));
    assert_eq!(theme.lane(1), themes.default_theme().lane(1));
}

#[test]
fn a_folder_gives_its_good_themes_and_reports_the_bad() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
    write("a.ron", "(name: \"a\", inherits: \"z\")");
    write("bad.ron", "(name: \"bad\", inherits: \"nowhere\")");
    write("midnight.ron", "(name: \"midnight\", inherits: \"midnight\", palette: {\"ink\": \"reset\"})");
    write("notes.txt", "no theme");
    write("z.ron", "(name: \"z\", inherits: \"daylight\")");
    let mut themes = themes();
    let errors: Vec<_> = themes.load_dir(dir.path()).iter().map(ToString::to_string).collect();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].ends_with("inherits 'nowhere', which is not a known theme"), "{errors:?}");
    assert!(themes.get("a").is_some() && themes.get("bad").is_none());
    assert_eq!(themes.default_theme().background.bg, Some(Color::Reset));
    assert_eq!(themes.next("a").name, "midnight", "the last is followed by the first");
    assert_eq!(themes.next("midnight").name, "synthwave");
    assert_eq!(themes.next("unheard of").name, "midnight");
    assert!(themes.load_dir(&dir.path().join("none")).is_empty());
    assert!(themes.load_file(&dir.path().join("none.ron")).is_err());
}
