//! Speed Kings races LLM providers against each other in a terminal: the same prompt, the same model, the same moment.
//!
//! This page is the architecture document: the map first, then what always holds.
//!
//! # The map
//!
//! Arrows point down only; the ground knows nobody above it.
//!
//! ```text
//!   top      cli      what was asked for, put together and run: the only place that joins a source to a screen
//!            film     a recording as frames on a virtual clock, and the files they are written to
//!            ui       the loop, the keys, the screens, the widgets, the themes: draws a Race, knows no provider
//!   -------------------------------------------------------------------------------------------------------------
//!   middle   findings what all results so far say about the plan's questions, with what each answer rests on
//!            watch    the same probe again and again: a board, its lines of JSON, its metrics on loopback
//!            report   a recorded race as JSON, CSV and Markdown
//!            bench    contestants one at a time, many times, in a fair order; results as data
//!            probe    what a measurement runs on: system, processor, memory, build; absent is absent
//!            sheet    saved results as titles, sentences and tables; as Markdown and CSV
//!            config   flags over environment over catalogue -> a grid without secrets and entrants with them
//!            source   anything that can put a race on a screen: source::live (network), record::replay (a file);
//!                     source::headless follows one without a screen
//!            record   the recording: header, events, end; written as it happens, read with mercy
//!            sim      a real HTTP server on loopback that streams at known speeds and fails on demand
//!            provider request bodies out, reply bytes in, event kinds back; provider::http alone has sockets,
//!                     provider::exec alone has processes that race
//!            draft    files that are never half there
//!            talk     what is said on stderr and put on stdout
//!            courier  writes to a terminal on a thread of its own: a frozen one holds nobody up
//!            interrupt the signals that ask the program to end
//!            bus      taps: bounded queues from a lane to whoever listens, and the clock that stamps
//!   -------------------------------------------------------------------------------------------------------------
//!   ground   figure   figures as people read them        catalog  providers, models, prices, phases
//!            race     Event, Lane, Race, Verdict          stats    percentiles, gaps, series
//!            sse      event-stream bytes -> frames        ndjson   lines -> frames
//!            text     untrusted text made printable       time     Offset, Period, Rate
//! ```
//!
//! # One event, from socket byte to pixel and disk
//!
//! 1. The network thread wakes because a socket is readable; [`bus::Stamper`] notes the moment before a byte is read.
//! 2. [`provider::http`] reads a chunk; [`sse`] cuts it into frames; the dialect turns each into event kinds.
//! 3. [`bus::Emitter`] makes the instant an [`Offset`](time::Offset) from the green light and puts the
//!    [`Event`](race::event::Event) on every tap. A full tap is waited for and told: the lane is tainted.
//! 4. One tap ends in the recorder's thread, which appends a line to the file. The other ends in the screen's loop.
//! 5. The loop asks its [`Source`](source::Source) once a frame what is due and applies it to its [`Race`](race::Race).
//! 6. A frame is drawn from the race alone. What a pane costs depends on the rows it shows, never on what was said.
//! 7. A key becomes a message by the table in [`ui::keymap`], a message changes the [`App`](ui::app::App), and what must
//!    be done outside comes back as an effect.
//!
//! A film has no loop: [`film::camera`] hands a filmed race the events up to each frame's time and draws the same screens,
//! and each [`Exporter`](film::Exporter) takes the frames of that one pass.
//!
//! A live race and a replay are the same three parts, a source, the reducer and a screen; the screen can't tell which
//! source it has. Without a terminal the screen is left out and the verdict is printed. A benchmark is many live races
//! of one lane each, so it measures what a race does.
//!
//! A command's output goes the same way, with [`provider::exec`] reading a pipe where the other reads a socket.
//!
//! # What always holds
//!
//! - Nothing in the ground reads a clock, a file, a socket or the environment; "now" is an argument.
//! - The same events give the same race and the same verdict, to the last digit.
//! - Times never go back: an event's offset is never before that of the event ahead of it.
//! - A lane that is over takes in nothing more, and its text is never lost.
//! - An absent figure is absent: never zero, never a guess that doesn't say so.
//! - Keys live in [`provider::secret::Secret`] alone; a grid, an event and a recording have no place for one, and the
//!   way out of [`provider::http`] masks a key that a server sends back.
//! - A command is started without a shell and without the keys of others, and ends with all its children when its lane
//!   does, however that ends.
//! - What a model or a server says is untrusted: it is kept as it came and made printable by [`text`] when drawn.
//! - Every queue, body, line and wait has a bound with a name.

pub mod bench;
pub mod bus;
pub mod catalog;
pub mod cli;
pub mod config;
pub mod courier;
pub mod draft;
pub mod figure;
pub mod film;
pub mod findings;
pub mod input;
pub mod interrupt;
pub mod ndjson;
pub mod probe;
pub mod provider;
pub mod race;
pub mod record;
pub mod report;
pub mod sheet;
pub mod sim;
pub mod source;
pub mod sse;
pub mod stats;
pub mod talk;
pub mod text;
pub mod time;
pub mod ui;
pub mod watch;
