//! What all lanes of a frame share.

use crate::app::App;
use crate::widget::spark::SparkWindow;
use speed_kings_core::race::RaceStage;
use speed_kings_core::race::leader::RaceLeader;
use speed_kings_core::time::Offset;

/// What all lanes of a frame share.
pub(super) struct FrameContext<'a> {
    pub(super) app: &'a App,
    pub(super) now: Offset,
    pub(super) leader: Option<RaceLeader>,
    pub(super) stage: RaceStage,
    pub(super) window: SparkWindow,
    pub(super) top: f64,
}
