//! What the lanes' processes use while they race: looked at by a thread of its own, told between the lanes' own events.
//! Only processes of this machine are seen: engines that were started for the race, and servers that listen here.

use std::time::Instant;

use tokio::task::spawn_blocking;
use tokio::time::sleep;

use speed_kings_client::bus::EventEmitter;
use speed_kings_client::provider::ContestantClient;
use speed_kings_core::race::event::{EventKind, LaneId};
use speed_kings_core::race::setup::{Contestant, RaceSetup};
use speed_kings_system::resources::process_tree::{ProcessTree, listener_of};
use speed_kings_system::resources::{LOOK_EVERY, ResourceLook, ResourceMeter, ResourceSampler};

/// Looks at the lanes of one race.
pub(super) struct RaceResources {
    sampler: ResourceSampler,
    /// The lane of each tree that is looked at.
    lanes: Vec<LaneId>,
    /// A look from before the lights.
    first: ResourceLook,
}

/// The port of this machine at which each lane is served; nothing for those that are served elsewhere.
pub(super) fn served_ports(grid: &RaceSetup, entrants: &[ContestantClient]) -> Vec<Option<u16>> {
    let lanes = grid.contestants.iter().zip(entrants);
    lanes
        .map(|(one, entrant)| entrant.base_url().filter(|_| one.here && !is_socket(one))?.port_or_known_default())
        .collect()
}

/// Whether it is served at a socket in a file, which has no port.
fn is_socket(contestant: &Contestant) -> bool {
    contestant.endpoint.as_deref().is_some_and(|endpoint| endpoint.starts_with("unix:"))
}

impl RaceResources {
    /// Looks a first time; nothing where no lane runs here, or nothing can be seen.
    /// `known` are the processes of each lane's engine, `served` the ports of lanes whose server was there before.
    pub(super) async fn begin(known: Vec<Option<ProcessTree>>, served: Vec<Option<u16>>) -> Option<Self> {
        let begun = spawn_blocking(move || {
            let mut lanes = Vec::new();
            let mut trees = Vec::new();
            for ((id, known), port) in (0..).map(LaneId).zip(known).zip(served) {
                let listening = || port.and_then(listener_of).map(|process| ProcessTree::of(process, None));
                if let Some(tree) = known.or_else(listening) {
                    lanes.push(id);
                    trees.push(tree);
                }
            }
            if trees.is_empty() {
                return None;
            }
            let mut meter = ResourceMeter::new(trees);
            let first = meter.look(Instant::now());
            Some(Self { sampler: ResourceSampler::start(meter)?, lanes, first })
        });
        begun.await.ok().flatten()
    }

    /// Runs `race` to its end and tells the looks meanwhile, the last one behind its end.
    pub(super) async fn beside(self, race: impl Future<Output = ()>, emitter: &EventEmitter) {
        let Self { sampler, lanes, first } = self;
        send_look(&first, &lanes, emitter).await;
        let looking = async {
            loop {
                sleep(LOOK_EVERY).await;
                let looks: Vec<ResourceLook> = sampler.fetch().collect();
                for look in looks {
                    send_look(&look, &lanes, emitter).await;
                }
            }
        };
        tokio::select! {
            biased;
            () = race => {}
            () = looking => {}
        }
        let Ok((looks, _)) = spawn_blocking(move || sampler.finish()).await else { return };
        for look in looks {
            send_look(&look, &lanes, emitter).await;
        }
    }
}

async fn send_look(look: &ResourceLook, lanes: &[LaneId], emitter: &EventEmitter) {
    for (lane, sample) in lanes.iter().zip(&look.trees).filter(|(_, sample)| !sample.is_empty()) {
        emitter.send(look.at, Some(*lane), EventKind::Resources(Box::new(*sample))).await;
    }
    if !look.machine.is_empty() {
        emitter.send(look.at, None, EventKind::Resources(Box::new(look.machine))).await;
    }
}
