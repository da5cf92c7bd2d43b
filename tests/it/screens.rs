//! Every screen as a picture, at four sizes: what a viewer sees, compared as text.
//! After a change that is meant, `INSTA_UPDATE=always cargo test --test it screens` takes the new pictures.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use speed_kings::bench::saved::RunFigures;
use speed_kings::race::engine::EngineStart;
use speed_kings::race::event::{Event, EventKind, FailureKind, LaneId};
use speed_kings::race::quality::MeasuredQuality;
use speed_kings::race::setup::LaneRunner;
use speed_kings::race::timing::LaneTiming;
use speed_kings::race::verdict::Verdict;
use speed_kings::record::edit::{EditOptions, SlowMotion};
use speed_kings::record::writer::save;
use speed_kings::record::{Recording, RecordingEnd, RecordingHeader};
use speed_kings::source::replay::Replay;
use speed_kings::source::{EventSource, LaneContact};
use speed_kings::time::{Period, Rate};
use speed_kings::ui::app::{
    App, AppScreen, ContestantReadiness, PhaseContestant, PhasePicker, PhaseResult, PhaseRow, SavedKind, SavedRow,
};
use speed_kings::ui::layout::RaceLayout;
use speed_kings::ui::message::UiMessage;
use speed_kings::ui::screen::board::{self, BoardStatus};
use speed_kings::ui::show::ScreenMotion;
use speed_kings::ui::theme::{ColourLevel, ThemeSet};
use speed_kings::ui::view::ViewState;
use speed_kings::watch::{BoardAlert, ProbeSample, WatchBoard, WatchMoment};
use unicode_width::UnicodeWidthStr;

use crate::fixture::{Pace, QUICK, SLOW, Scene, crowd, events, setup};
use crate::program::Home;

/// The sizes; the last one is too small for anything but a line for each lane.
const SIZES: [(u16, u16); 4] = [(80, 24), (120, 40), (200, 50), (20, 5)];

fn app() -> App {
    App::new(ThemeSet::builtin().unwrap(), "midnight", ColourLevel::True)
}

fn draw(app: &App, (width, height): (u16, u16)) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| ViewState::default().draw(app, frame)).unwrap();
    terminal.backend().buffer().clone()
}

/// The rows of `buffer`, each cell as `show` has it; the second half of a wide character is passed over.
fn rows(buffer: &Buffer, mut show: impl FnMut(&Cell) -> String) -> String {
    let mut out = String::new();
    for row in buffer.content().chunks(usize::from(buffer.area.width)) {
        let (mut line, mut skip) = (String::new(), 0);
        for cell in row {
            if skip == 0 {
                line.push_str(&show(cell));
                skip = cell.symbol().width().max(1);
            }
            skip -= 1;
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

fn compare(name: &str, picture: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, picture));
}

/// Compares `app` with its pictures at all sizes.
pub(crate) fn check(name: &str, app: &App) {
    for size in SIZES {
        let picture = rows(&draw(app, size), |cell| cell.symbol().to_owned());
        compare(&format!("{name}@{}x{}", size.0, size.1), &picture);
    }
}

/// A probe of the board: its TTFT in ms, or a failure.
fn probe(ttft: Option<u64>) -> ProbeSample {
    let timing = LaneTiming {
        ttft: ttft.map(Period::from_millis),
        output_speed: ttft.map(|ttft| Rate::per_second(1_800.0 - f64::from(u32::try_from(ttft).unwrap()))),
        ..LaneTiming::default()
    };
    let failure = ttft.is_none().then(|| (FailureKind::Server, "the engine is on fire \u{1b}[2J".to_owned()));
    ProbeSample {
        at: jiff::Timestamp::UNIX_EPOCH,
        failure,
        timing,
        cost_usd: Some(0.001),
        figures: RunFigures::default(),
    }
}

fn compare_boards(name: &str, app: &App, board: &WatchBoard, status: &BoardStatus) {
    for size in SIZES {
        let area = Rect::new(0, 0, size.0, size.1);
        let mut buffer = Buffer::empty(area);
        board::draw(app, board, status, area, &mut buffer);
        let picture = rows(&buffer, |cell| cell.symbol().to_owned());
        compare(&format!("{name}@{}x{}", size.0, size.1), &picture);
    }
}

#[test]
fn the_board_of_a_watch() {
    let mut board = WatchBoard::new(&setup());
    for ttft in [80, 90, 120, 100, 85] {
        board.take(LaneId(0), probe(Some(ttft)), true);
    }
    for ttft in [Some(400), None, Some(300), None] {
        board.take(LaneId(1), probe(ttft), false);
    }
    let metrics = Some(([127, 0, 0, 1], 9464).into());
    let moment = |secs, alerts| WatchMoment {
        now: jiff::Timestamp::from_second(secs).unwrap(),
        every: Duration::from_secs(300),
        alerts,
    };
    let next = Some(Duration::from_secs(41));
    let fresh =
        BoardStatus { moment: moment(12, Vec::new()), next, probing: None, collects: false, metrics, notice: None };
    let alert = |lane, fires: Option<&str>| BoardAlert {
        lane: LaneId(lane),
        condition: "availability<99%".into(),
        fires: fires.map(str::to_owned),
    };
    let alerts = vec![alert(0, None), alert(1, Some("2 of 4 runs failed: 50.0 %"))];
    let notice = Some("--run for 'availability<99%': notify failed (exit status: 1): no \u{1b}[2J route".to_owned());
    let stale = BoardStatus { moment: moment(7_272, alerts), next: None, notice, ..fresh.clone() };
    let mut app = app();
    app.screen = AppScreen::Board;
    compare_boards("board", &app, &board, &fresh);
    compare_boards("board_stale", &app, &board, &stale);
    let mut regions = board.clone();
    for (row, name) in regions.rows.iter_mut().zip(["eu", "us"]) {
        row.contestant.name = format!("{} @ {name}", row.contestant.name);
        let runner = LaneRunner { name: name.to_owned(), ..LaneRunner::default() };
        row.contestant.runner = Some(Box::new(runner));
    }
    // The first is probed from both, the second from one: a column for each place.
    let mut second = regions.rows[0].clone();
    second.contestant.name = second.contestant.name.replace("@ eu", "@ us");
    second.contestant.runner.clone_from(&regions.rows[1].contestant.runner);
    regions.rows.push(second);
    regions.take(LaneId(2), probe(None), true);
    let collected = BoardStatus { collects: true, next: None, metrics: None, ..fresh.clone() };
    compare_boards("board_regions", &app, &regions, &collected);
    app.update(&UiMessage::Help);
    compare_boards("help_board", &app, &board, &fresh);
}

/// Compares the styles of `app` at 80×24: a letter for each, and what it stands for.
fn check_styles(name: &str, app: &App) {
    let mut known: Vec<String> = Vec::new();
    let mut picture = rows(&draw(app, SIZES[0]), |cell| {
        let style = format!("{:?} on {:?} {:?}", cell.fg, cell.bg, cell.modifier);
        let index = known.iter().position(|other| *other == style).unwrap_or_else(|| {
            known.push(style);
            known.len() - 1
        });
        let letter = char::from(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"[index]);
        letter.to_string().repeat(cell.symbol().width().max(1))
    });
    for (letter, style) in ('a'..='z').chain('A'..='Z').chain('0'..='9').zip(&known) {
        let _ = write!(picture, "\n{letter} {style}");
    }
    compare(&format!("{name}@styles"), &picture);
}

/// Until the finish has been seen, and until all of the verdict has come.
const JUDGED: [Duration; 2] = [Duration::from_secs(5), Duration::from_secs(12)];

/// An app that shows `source`, with so much time gone by since.
fn showing(source: Box<dyn EventSource>, later: &[Duration]) -> App {
    let mut app = app();
    let begun = Instant::now();
    app.show(source);
    app.tick(begun);
    for span in later {
        app.tick(begun + *span);
    }
    app
}

fn race(lanes: [Pace; 2], ms: i64) -> App {
    showing(Scene::at(lanes, Some(ms)), &[])
}

fn verdict(lanes: [Pace; 2]) -> App {
    showing(Scene::at(lanes, None), &JUDGED)
}

fn picker() -> App {
    let contestant = |(name, badge, readiness): (&str, &str, ContestantReadiness)| PhaseContestant {
        name: name.into(),
        badge: badge.into(),
        hardware: format!("hardware of {name}"),
        model: "gpt-oss-120b".into(),
        readiness,
    };
    let row = |id: &str,
               model: &str,
               priority,
               last: Option<&str>,
               contestants: [(&str, &str, ContestantReadiness); 2]| PhaseRow {
        id: id.into(),
        group: id[..1].into(),
        group_name: if id.starts_with('A') { "Speed kings, head to head" } else { "At home against the cloud" }.into(),
        questions: vec!["How far ahead is special hardware?".into(), "Does the prompt's length change it?".into()],
        question: id.ends_with('1').then(|| "Who answers first, and does the first stay ahead to the end?".into()),
        model: model.into(),
        contestants: contestants.map(contestant).to_vec(),
        priority,
        planned_usd: 0.03,
        estimates: std::collections::BTreeMap::from([("long".into(), 0.000_114)]),
        results: last
            .map(|last| PhaseResult { short: "Cerebras 2.10×".into(), full: last.into() })
            .into_iter()
            .collect(),
    };
    let no_key = |variable: &str| ContestantReadiness::NoKey(variable.into());
    let rows = vec![
        row(
            "A1",
            "GPT-OSS 120B",
            1,
            Some("Cerebras won, ×2.10, 841 ms ahead (2026-07-02)"),
            [("Cerebras", "WSE", ContestantReadiness::KeySet), ("Groq", "LPU", ContestantReadiness::KeySet)],
        ),
        row(
            "A2",
            "Llama 3.3 70B",
            2,
            None,
            [
                ("Cerebras", "WSE", ContestantReadiness::Retired("retired there on 2026-02-16".into())),
                ("SambaNova", "RDU", no_key("SAMBANOVA_API_KEY")),
            ],
        ),
        row(
            "A3",
            "GPT-OSS 120B",
            1,
            Some("dead heat, 2.00 ms apart (SIM, 2026-07-01)"),
            [("Groq", "LPU", ContestantReadiness::KeySet), ("Fireworks AI", "GPU", no_key("FIREWORKS_API_KEY"))],
        ),
        row(
            "B1",
            "Qwen3 32B",
            3,
            None,
            [
                ("llama.cpp (Metal)", "SoC", ContestantReadiness::Reachable("127.0.0.1:8080".into())),
                ("Together AI", "GPU", no_key("TOGETHER_API_KEY")),
            ],
        ),
        row(
            "B2",
            "Llama 3.1 8B",
            3,
            None,
            [
                ("vLLM (RTX 4090)", "dGPU", ContestantReadiness::Unreachable("127.0.0.1:8000".into())),
                ("Ollama", "LOCAL", ContestantReadiness::Looking("127.0.0.1:11434".into())),
            ],
        ),
    ];
    let prompts = [
        ("short", "Say hello."),
        ("long", "Explain what speed means for a language model.\nGive one example for each part."),
    ];
    let sizes = prompts.map(|(id, text)| (id.to_owned(), text.to_owned())).to_vec();
    let mut app = app();
    app.picker = Some(PhasePicker::new(rows, sizes, "long"));
    app
}

fn typed(filter: &str) -> App {
    let mut app = picker();
    let picker = app.picker.as_mut().unwrap();
    filter.chars().for_each(|letter| picker.type_filter(Some(letter)));
    app
}

#[test]
fn the_picker() {
    check("picker", &picker());
    check_styles("picker", &picker());
    check("picker_filter", &typed("groq"));
    check("picker_no_match", &typed("zebra"));
}

#[test]
fn the_overlays() {
    let mut help = picker();
    help.update(&UiMessage::Help);
    check("help_picker", &help);
    let mut help = race([QUICK, SLOW], 400);
    help.update(&UiMessage::Help);
    check("help_race", &help);
    let mut message = picker();
    message.show_message("SAMBANOVA_API_KEY is not set: SambaNova wants a key. Set it, or race simulated with --sim");
    check("message", &message);
    let mut prompt = picker();
    prompt.update(&UiMessage::EditPrompt);
    check("prompt", &prompt);
}

#[test]
fn a_race_before_its_first_token() {
    check("race_warming", &showing(Scene::warming(), &[]));
    check("race_countdown", &race([QUICK, SLOW], -1_500));
    check("race_waiting", &race([QUICK, SLOW], 45));
}

#[test]
fn lanes_on_other_machines_say_how_their_runners_stand() {
    let standing = |contacts: [LaneContact; 2]| {
        let mut app = race([QUICK, SLOW], 200);
        let race_view = app.race_view.as_mut().unwrap();
        (race_view.contacts, race_view.behind) = (contacts.map(Some).into(), Some(Period::from_millis(250)));
        race_view.trouble = Some("the bus is down".into()).filter(|_| contacts[0] == LaneContact::Lost);
        app
    };
    check("race_lost_contact", &standing([LaneContact::Lost, LaneContact::LateStart(Period::from_millis(812))]));
    check("race_from_tape", &standing([LaneContact::FromTape, LaneContact::ClockSuspect]));
}

#[test]
fn a_screen_for_a_camera_names_no_key_and_keeps_clear_of_the_edges() {
    let replayed = || replay_at(recording(), "0.5s");
    for_a_camera(&mut race([QUICK, SLOW], 600), (120, 40));
    for_a_camera(&mut verdict([QUICK, SLOW]), (120, 40));
    for_a_camera(&mut replayed(), (200, 50));
    for_a_camera(&mut replayed(), (90, 60));
}

fn for_a_camera(app: &mut App, size: (u16, u16)) {
    let rows = |app: &App| {
        let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
        let mut view = ViewState::default();
        terminal.draw(|frame| view.draw(app, frame)).unwrap();
        rows(terminal.backend().buffer(), |cell| cell.symbol().to_owned())
    };
    assert!(rows(app).contains("? help"), "{}", rows(app));
    app.update(&UiMessage::Audience);
    let shown = rows(app);
    assert!(!shown.contains("help") && shown.contains("SPEED KINGS"), "{shown}");
    let lines: Vec<&str> = shown.lines().collect();
    let margin = usize::from(size.0) / 20;
    assert!(lines.iter().all(|line| line.chars().take(margin).all(char::is_whitespace)), "{shown}");
    let below = usize::from(size.1) * if size.1 > size.0 / 2 { 20 } else { 5 } / 100;
    assert!(lines[lines.len() - below..].iter().all(|line| line.trim().is_empty()), "{shown}");
    app.update(&UiMessage::Audience);
    assert!(rows(app).contains("? help"));
}

#[test]
fn a_race_under_way() {
    check("race_streaming", &race([QUICK, SLOW], 400));
    check_styles("race_streaming", &race([QUICK, SLOW], 400));
    let thinking = Pace { thoughts: 200, ..SLOW };
    check("race_reasoning", &race([Pace { thoughts: 120, ..QUICK }, thinking], 300));
    check("race_failed", &race([QUICK, Pace { out: Some(300), ..SLOW }], 400));
    check("race_failed_early", &race([QUICK, Pace { out: Some(60), ..SLOW }], 400));
}

#[test]
fn a_race_of_many_lanes() {
    let (setup, lanes) = crowd();
    let mut app = showing(Scene::of(setup, lanes, Some(900)), &[]);
    check("crowd_race", &app);
    app.update(&UiMessage::Stack);
    app.update(&UiMessage::Focus);
    check("crowd_stacked", &app);
}

#[test]
fn a_close_finish_has_its_photo() {
    let close = [QUICK, Pace { first: 64, ..QUICK }];
    check("photo_finish", &showing(Scene::at(close, None), &[Duration::ZERO, Duration::from_millis(1_500)]));
    let photo = |lanes: [Pace; 2]| {
        let app = showing(Scene::at(lanes, None), &[Duration::ZERO, Duration::from_millis(600)]);
        rows(&draw(&app, SIZES[1]), |cell| cell.symbol().to_owned()).contains("Photo finish")
    };
    assert!(photo(close) && !photo([QUICK, SLOW]));
}

#[test]
fn every_layout_shows_the_race() {
    let layouts = [("broadcast", RaceLayout::Broadcast), ("text", RaceLayout::Text), ("tower", RaceLayout::Tower)];
    for (name, layout) in layouts {
        let mut app = race([QUICK, SLOW], 400);
        app.update(&UiMessage::Layout);
        assert_eq!(app.layout, RaceLayout::Broadcast, "the key goes on from split");
        app.layout = layout;
        check(&format!("layout_{name}"), &app);
    }
    let (setup, lanes) = crowd();
    let mut app = showing(Scene::of(setup, lanes, Some(900)), &[]);
    app.layout = RaceLayout::Tower;
    check("crowd_tower", &app);
}

/// Sizes of pictures that are higher than wide: a card and a film.
const TALL: [(u16, u16); 2] = [(42, 43), (90, 80)];

/// The same as [`check`], and at the sizes of tall pictures.
fn check_tall(name: &str, app: &App) {
    check(name, app);
    for size in TALL {
        let picture = rows(&draw(app, size), |cell| cell.symbol().to_owned());
        compare(&format!("{name}@{}x{}", size.0, size.1), &picture);
    }
}

#[test]
fn the_end_of_a_race_of_many_lanes() {
    let (setup, lanes) = crowd();
    let mut app = showing(Scene::of(setup, lanes, None), &JUDGED);
    check_tall("crowd_verdict", &app);
    for (name, screen) in
        [("crowd_intro", AppScreen::Intro), ("crowd_outro", AppScreen::Outro), ("crowd_card", AppScreen::Card)]
    {
        app.screen = screen;
        check_tall(name, &app);
    }
}

/// How many badges the verdict of the race on screen has.
fn badges_of(app: &App) -> usize {
    Verdict::of(&app.race_view.as_ref().unwrap().race).badges.len()
}

#[test]
fn titles_that_wrap_lose_nothing_unsaid() {
    let (setup, lanes) = crowd();
    let mut app = showing(Scene::of(setup, lanes, None), &JUDGED);
    for size in [(60, 16), (60, 20), (70, 24), (100, 24)] {
        app.screen = AppScreen::Intro;
        let intro = rows(&draw(&app, size), |cell| cell.symbol().to_owned());
        assert!(['①', '②', '③', '④', '⑤', '⑥'].iter().all(|lane| intro.contains(*lane)), "{intro}");
        assert!(intro.contains(" SIM") && intro.contains(" GHOST"), "{intro}");
        app.screen = AppScreen::Outro;
        let outro = rows(&draw(&app, size), |cell| cell.symbol().to_owned());
        // One is simulated, and one is a ghost that started together with nobody.
        let fair = format!("✓ {} of {} fair", badges_of(&app) - 2, badges_of(&app));
        let badges = outro.contains(&fair) || outro.contains("✓ ghosts on equal terms");
        assert!(badges && outro.contains("✗ real servers") && outro.contains("our own share"), "{outro}");
    }
}

#[test]
fn badges_that_are_left_out_are_counted_however_long_the_others_are() {
    let (mut setup, lanes) = crowd();
    setup.mismatches = vec!["max_tokens: 1000 / 300, and a good deal more that fills a row of its own".into()];
    setup.contestants.iter_mut().for_each(|contestant| contestant.simulated = true);
    let app = showing(Scene::of(setup, lanes, None), &JUDGED);
    let picture = rows(&draw(&app, SIZES[0]), |cell| cell.symbol().to_owned());
    assert!(picture.contains("✗ real servers") && picture.contains("✗ ghosts on equal terms"), "{picture}");
    assert!(picture.contains(&format!("… {} more", badges_of(&app) - 2)), "{picture}");
}

#[test]
fn no_lane_goes_missing_unsaid() {
    let (mut setup, mut lanes) = crowd();
    for _ in 0..3 {
        setup.contestants.push(setup.contestants[0].clone());
        lanes.push(SLOW);
    }
    let app = showing(Scene::of(setup, lanes, Some(900)), &[]);
    for (size, told) in [((60, 16), "+3 more (Tab)"), ((60, 16), "+6 more"), ((80, 24), "+4 more")] {
        let picture = rows(&draw(&app, size), |cell| cell.symbol().to_owned());
        assert!(picture.contains(told), "{told} at {size:?}:\n{picture}");
    }
    for size in [(60, 40), (80, 40), (200, 50)] {
        let picture = rows(&draw(&app, size), |cell| cell.symbol().to_owned());
        assert!(!picture.contains("more (Tab)") && picture.contains('⑨'), "{picture}");
    }
}

#[test]
fn a_race_at_its_end() {
    check("race_finished", &showing(Scene::at([QUICK, SLOW], None), &[]));
    check("race_dead_heat", &showing(Scene::at([QUICK, Pace { first: 64, ..QUICK }], None), &[]));
}

fn recording() -> Recording {
    let header = RecordingHeader {
        tool: "speed-kings".into(),
        recorded_at: "2026-07-02T12:00:00Z".parse().ok(),
        setup: setup(),
        ..RecordingHeader::default()
    };
    let end = Some(RecordingEnd::default());
    Recording { header, events: events([QUICK, SLOW]), end, ..Recording::default() }
}

/// The same with engines that were measured before the race.
fn measured(figures: [f64; 2]) -> Recording {
    let mut recording = recording();
    for (lane, bits_per_byte) in (0..).zip(figures) {
        let quality = MeasuredQuality {
            bits_per_byte,
            text_hash: "e3".into(),
            day: "2026-11-29".into(),
            ..MeasuredQuality::default()
        };
        let start = EngineStart { engine: "e".into(), quality: Some(Box::new(quality)), ..EngineStart::default() };
        let at = recording.events[0].at;
        let kind = EventKind::EngineReady(Box::new(start));
        recording.events.insert(0, Event { at, lane: Some(LaneId(lane)), kind });
    }
    recording
}

#[test]
fn a_verdict_tells_quality_beside_speed() {
    let picture = |figures, size| {
        let mut app = replay_at(measured(figures), "verdict");
        app.update(&UiMessage::Verdict);
        rows(&draw(&app, size), |cell| cell.symbol().to_owned())
    };
    for (size, told) in [
        ((200, 50), "and worse by 8.4 % bits per byte (1.2079 against 1.1141, measured 2026-11-29) · one run"),
        ((120, 40), "as fast as Groq, and worse by 8.4 % bits per byte (1.2079 against 1.1141, measured 2026-11-29)"),
        ((80, 24), "faster, and worse by 8.4 % bits per byte (measured 2026-11-29)"),
    ] {
        let picture = picture([1.207_9, 1.114_1], size);
        assert!(picture.contains(told), "{told}\n{picture}");
    }
    assert!(picture([1.114_1, 1.112_7], (120, 40)).contains("as fast as Groq, and equally good within 1 %"));
    let mut detail = showing(Box::new(Replay::new(measured([1.2, 1.1]), 1.0)), &[Duration::ZERO]);
    detail.update(&UiMessage::Detail);
    let picture = rows(&draw(&detail, (200, 50)), |cell| cell.symbol().to_owned());
    assert!(picture.contains("1.2000 bits per byte, measured 2026-11-29"), "{picture}");
}

#[test]
fn what_is_printed_tells_quality_beside_speed() {
    let (home, told) = (Home::new(), "and worse by 8.4 % bits per byte (1.2079 against 1.1141, measured 2026-11-29)");
    let path = home.path().join("a.race");
    save(&path, &measured([1.207_9, 1.114_1])).unwrap();
    let name = path.to_str().unwrap();
    home.run(&["replay", name]).says(0, &[told, "1.2079 bits per byte, measured 2026-11-29"]);
    home.run(&["inspect", name]).says(0, &[told, "1.1141 bits per byte"]);
    let inspected: serde_json::Value = serde_json::from_str(&home.run(&["inspect", "--json", name]).out).unwrap();
    let quality = &inspected["verdict"]["quality"][0];
    assert_eq!(
        (&quality["call"], &quality["regression"], &quality["faster"]),
        (&"worse".into(), &true.into(), &0.into())
    );
    home.run(&["export", name, "--to", "a.md"]).says(0, &[]);
    let page = std::fs::read_to_string(home.path().join("a.md")).unwrap();
    assert!(page.contains("and worse by 8.4 % bits per byte"), "{page}");
}

#[test]
fn a_paused_replay() {
    let mut app = showing(Box::new(Replay::new(recording(), 0.5)), &[Duration::from_millis(1_800)]);
    app.update(&UiMessage::Pause);
    check("replay_paused", &app);
}

/// A replay that has come to `place`, with a section between two moments of it.
fn replay_at(recording: Recording, place: &str) -> App {
    let mut replay = Replay::new(recording, 1.0);
    let playback = replay.playback().unwrap();
    playback.pause();
    for (share, first) in [(0.3, true), (0.8, false)] {
        playback.seek_share(share);
        playback.mark(first);
    }
    playback.set_looping(true);
    replay.go_to(place).unwrap();
    showing(Box::new(replay), &[Duration::ZERO])
}

#[test]
fn a_replay_with_its_transport() {
    let mut app = replay_at(recording(), "finish");
    check("replay_section", &app);
    app.update(&UiMessage::Stack);
    check("replay_stacked", &app);
    app.update(&UiMessage::Help);
    check("replay_help", &app);
    app.update(&UiMessage::Back);
    app.update(&UiMessage::AskPlace);
    check("replay_go_to", &app);
}

#[test]
fn an_edited_ghost_race() {
    let mut recording = recording();
    let setup = &mut recording.header.setup;
    setup.contestants[1].ghost = Some("2026-07-01T12:00:00Z".into());
    setup.mismatches = vec!["max_tokens: 1000 / 300".into()];
    let mut edits = EditOptions { title: Some("Today \u{1b}[31magainst yesterday".into()), ..EditOptions::default() };
    edits.slow = Some(SlowMotion { scale: 0.1, around: "first-token".parse().unwrap() });
    edits.captions = vec!["first-token=The first token, ten times slower".parse().unwrap()];
    recording.header.cut = Some(edits.cut(&recording, &recording.race()).unwrap());
    check("ghost_race", &replay_at(recording.clone(), "100ms"));
    let mut app = replay_at(recording, "verdict");
    app.update(&UiMessage::Verdict);
    check("ghost_verdict", &app);
}

#[test]
fn a_long_caption_takes_two_rows_and_says_what_it_leaves_out() {
    let captioned = |text: &str| {
        let edits = EditOptions { captions: vec![format!("green={text}").parse().unwrap()], ..EditOptions::default() };
        let mut recording = recording();
        recording.header.cut = Some(edits.cut(&recording, &recording.race()).unwrap());
        rows(&draw(&replay_at(recording, "100ms"), SIZES[0]), |cell| cell.symbol().to_owned())
    };
    let long = "The wafer answers before the light has left the grid, and from there on it writes four times as fast";
    compare("replay_caption@80x24", &captioned(long));
    let endless = captioned(&long.repeat(3));
    assert!(
        endless.contains("The wafer answers") && endless.lines().any(|line| line.trim_end().ends_with('…')),
        "{endless}"
    );
}

#[test]
fn recordings_and_results_are_looked_through() {
    let row = |path: &str, kind, phase: &str, outcome: &str, simulated| SavedRow {
        path: path.into(),
        kind,
        phase: phase.into(),
        phase_title: if phase.is_empty() { "" } else { "Cerebras vs Groq" }.into(),
        day: "2026-07-02".into(),
        title: "Cerebras vs Groq".into(),
        outcome: outcome.into(),
        simulated,
    };
    let kept = vec![
        row("recordings/a.race", SavedKind::Recording, "A1", "Cerebras 2.22×", true),
        row("recordings/b\u{1b}[2J.race", SavedKind::Recording, "", "dead heat", false),
        row("results/A1/c.json", SavedKind::Results, "A1", "20 runs each", false),
    ];
    let mut app = picker();
    app.browse(kept);
    if let Some(browser) = &mut app.browser {
        browser.page = (1..60).map(|line| format!("line {line} of what is in it")).collect::<Vec<_>>().join("\n");
    }
    app.update(&UiMessage::Compare);
    check("results_browser", &app);
    let empty = {
        let mut app = picker();
        app.browse(Vec::new());
        rows(&draw(&app, SIZES[0]), |cell| cell.symbol().to_owned())
    };
    assert!(empty.contains("Nothing is recorded yet"), "{empty}");
}

#[test]
fn the_mouse_finds_the_timeline() {
    let app = replay_at(recording(), "50%");
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    let mut view = ViewState::default();
    terminal.draw(|frame| view.draw(&app, frame)).unwrap();
    let bar = view.timeline.unwrap();
    assert_eq!((bar.y, bar.height), (22, 1));
    let heads: Vec<u16> =
        (bar.left()..bar.right()).filter(|x| terminal.backend().buffer()[(*x, bar.y)].symbol() == "●").collect();
    assert_eq!(heads, [bar.x + (bar.width - 1).div_ceil(2)], "half way is half way along the bar");
}

#[test]
fn no_size_is_too_odd_to_draw() {
    let mut help = verdict([QUICK, SLOW]);
    help.update(&UiMessage::Help);
    let mut prompt = picker();
    prompt.update(&UiMessage::EditPrompt);
    let mut message = race([QUICK, Pace { out: Some(300), ..SLOW }], 400);
    message.show_message("a line to wrap ".repeat(40));
    let verdict = verdict([QUICK, SLOW]);
    for app in [&picker(), &typed("zebra"), &race([QUICK, SLOW], -500), &verdict, &help, &prompt, &message] {
        for size in [(1, 1), (2, 40), (59, 16), (60, 15), (60, 16), (61, 17), (75, 20), (109, 18), (300, 16), (60, 90)]
        {
            draw(app, size);
        }
    }
    let (setup, lanes) = crowd();
    let mut crowded = showing(Scene::of(setup, lanes, None), &JUDGED);
    for screen in [AppScreen::Race, AppScreen::Verdict, AppScreen::Intro, AppScreen::Outro, AppScreen::Card] {
        crowded.screen = screen;
        for (width, height) in
            (1..70).step_by(9).flat_map(|height| [1, 9, 30, 60, 75, 130].map(|width| (width, height)))
        {
            draw(&crowded, (width, height));
        }
    }
}

#[test]
fn a_verdict_comes_in_part_by_part_and_a_key_brings_all_of_it() {
    let times = [5_000, 6_900].map(Duration::from_millis);
    let mut app = showing(Scene::at([QUICK, SLOW], None), &times);
    check("verdict_staged", &app);
    let picture = |app: &App| rows(&draw(app, SIZES[1]), |cell| cell.symbol().to_owned());
    assert!(app.is_moving());
    app.update(&UiMessage::SkipStage);
    assert_eq!(picture(&app), picture(&verdict([QUICK, SLOW])));
    assert!(!app.is_moving());
    let mut turning = showing(Scene::at([QUICK, SLOW], None), &[5_000, 5_300].map(Duration::from_millis));
    let half = picture(&turning);
    assert!(half.contains("T+1.646 s") && half.contains("This run"), "{half}");
    turning.motion = ScreenMotion::Still;
    assert_eq!(picture(&turning), picture(&verdict([QUICK, SLOW])), "without motion all of it is there");
}

#[test]
fn the_verdicts() {
    check("verdict_won", &verdict([Pace { thoughts: 120, ..QUICK }, SLOW]));
    check_styles("verdict_won", &verdict([QUICK, SLOW]));
    check("verdict_dead_heat", &verdict([QUICK, Pace { first: 64, ..QUICK }]));
    check("verdict_none", &verdict([QUICK, Pace { out: Some(300), ..SLOW }]));
}
