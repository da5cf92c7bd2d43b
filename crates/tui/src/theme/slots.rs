//! The slots of a theme: every place on screen that has a style of its own, and how a file paints one.

use serde::Deserialize;

/// How one slot is painted.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct SlotPaint {
    pub(super) fg: Option<String>,
    pub(super) bg: Option<String>,
    pub(super) mods: Vec<TextModifier>,
}

#[derive(Clone, Copy, PartialEq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum TextModifier {
    Bold,
    Dim,
    Italic,
    Underlined,
    Reversed,
}

/// Hands the list of all slots, each with what it is for, to the macro `$declare`.
macro_rules! every_slot {
    ($declare:ident) => {
        $declare! {
            /// The whole screen, and the text on it unless something else is said.
            background,
            /// The inside of a pane.
            surface,
            /// The frame of a pane.
            border,
            /// The frame of the pane that has the focus.
            border_active,
            /// Running text that nothing else is said about.
            text,
            /// Labels, units, and what may be overlooked.
            muted,
            /// Titles of panes and windows, and sentences of the same weight.
            heading,
            /// What should catch the eye and belongs to no lane.
            accent,
            /// What a model thinks before it answers.
            reasoning,
            /// Code in an answer.
            code,
            /// A word of a programming language.
            code_keyword,
            /// A string in code.
            code_string,
            /// A number or constant in code.
            code_constant,
            /// A comment in code.
            code_comment,
            /// The name of a type in code.
            code_type,
            /// A link in an answer.
            link,
            /// Quoted text in an answer.
            quote,
            /// The stopwatch until the first token.
            stopwatch_running,
            /// The stopwatch from then on.
            stopwatch_stamped,
            /// The speed of a lane, in tokens per second.
            speed,
            /// The bars of a sparkline.
            spark,
            /// A sparkline's bucket in which nothing came.
            spark_zero,
            /// A sparkline's bucket about which nothing is known.
            spark_absent,
            /// The race track that the lanes run on.
            track,
            /// Whoever wins or leads, and the best figures.
            win,
            /// The one who did not win.
            lose,
            /// A dead heat, or too close to call.
            heat,
            /// A warning that the viewer should read.
            warn,
            /// A failure, and the lane that is out.
            error,
            /// The badge on everything simulated.
            sim,
            /// The light that says a recording is being made.
            rec,
            /// A fairness badge that holds.
            badge_ok,
            /// A fairness badge that is broken.
            badge_broken,
            /// A fairness badge nobody can answer for.
            badge_unknown,
            /// The chosen row of a list.
            selection,
            /// A key in a key hint.
            key,
            /// A box over the screen.
            overlay,
            /// What lies behind such a box.
            dim,
        }
    };
}

pub(super) use every_slot;

/// Makes of the list of slots their form in a file.
macro_rules! slots_of_file {
    ($($(#[$doc:meta])+ $slot:ident,)+) => {
        /// The slots as a file gives them.
        #[derive(Clone, PartialEq, Debug, Default, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub(super) struct Slots { $(pub(super) $slot: Option<SlotPaint>,)+ }

        impl Slots {
            pub(super) fn over(self, base: &Self) -> Self {
                Self { $($slot: self.$slot.or_else(|| base.$slot.clone()),)+ }
            }
        }
    };
}

every_slot!(slots_of_file);
