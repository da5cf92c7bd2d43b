//! A runner: it offers the contestants of its machine on a bus, and races them when a director that it obeys asks for it. It opens
//! no port, and what it does is in its own recording before anybody hears of it.

mod hosted;
mod machine;
mod options;
mod orders;
mod published;
mod share;
mod tail;
mod visit;
mod worker;

use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::pin::{Pin, pin};
use std::time::{Duration, Instant};

use async_nats::service::{Request, ServiceExt as _};
use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::select_all;
use serde::Serialize;
use serde::de::DeserializeOwned;
use speed_kings_catalog::Catalog;
use speed_kings_session::config::ProcessEnv;
use speed_kings_system::atomic_file;

use self::hosted::HostedRace;
use self::machine::machine;
pub use self::options::{RunnerError, RunnerOptions};
use crate::bus::{Bus, headers_of};
use crate::call::ANSWER;
use crate::clock::ProcessClock;
use crate::name::RaceId;
use crate::offer::RunnerOffer;
use crate::subject::{PROTOCOL, RunnerVerb, SERVICE, command};
use crate::tape::PieceFacts;
use crate::wire::{
    ArmCommand, ArmedRace, DirectorCommand, FetchCommand, LARGEST_MESSAGE, LanesReady, LoadPlan, PlannedRace,
    RaceCommand, RacePlan, Refusal, RefusalKind, RunnerClock, RunnerFacts, RunnerMachine, RunnerReply, VisitPlan,
};

/// Between two looks at a race that runs: how much later than it was recorded something is published.
const STEP: Duration = Duration::from_millis(16);
/// Between two looks when nothing runs.
const REST: Duration = Duration::from_secs(1);
/// How long another runner of the same name has to make itself heard.
const NAMESAKE: Duration = Duration::from_millis(800);
/// Where races of directors are kept, below the folder of recordings.
const FOLDER: &str = "fleet";
/// What limits are counted over.
const HOUR: Duration = Duration::from_secs(3_600);

/// A runner at work.
struct RunnerService<'a> {
    bus: Bus,
    options: RunnerOptions,
    offer: RunnerOffer,
    catalog: &'a Catalog,
    env: &'a ProcessEnv<'a>,
    tell: &'a dyn Fn(&str),
    clock: ProcessClock,
    instance: String,
    machine: RunnerMachine,
    hosted: Option<HostedRace>,
    /// When races were planned in the last hour.
    planned: VecDeque<Instant>,
}

/// Offers `offer` on `bus` until `stop` comes. `tell` says what happens, for a person.
///
/// # Errors
/// When the name is taken or the bus does not let it register.
pub async fn serve(
    bus: Bus,
    options: RunnerOptions,
    offer: RunnerOffer,
    (catalog, env): (&Catalog, &ProcessEnv<'_>),
    tell: &dyn Fn(&str),
    mut stop: Pin<&mut dyn Future<Output = ()>>,
) -> Result<(), RunnerError> {
    let question = bus.ask(command(&options.name, RunnerVerb::Facts), Vec::new(), NAMESAKE);
    if question.await.is_ok() {
        return Err(RunnerError::NameTaken(options.name));
    }
    let failed = |error: &dyn ToString| RunnerError::Service(error.to_string());
    let texts = [("runner", options.name.as_str()), ("region", options.region.as_deref().unwrap_or_default())];
    let mut metadata: HashMap<String, String> =
        texts.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    metadata.insert("protocol".into(), PROTOCOL.to_string());
    let service = bus.client().service_builder().description("Speed Kings runner").metadata(metadata);
    let service = service.start(SERVICE, env!("CARGO_PKG_VERSION")).await.map_err(|error| failed(&error))?;
    let mut endpoints = Vec::new();
    for verb in RunnerVerb::ALL {
        let endpoint = service.endpoint_builder().name(verb.as_str()).add(command(&options.name, verb)).await;
        endpoints.push(endpoint.map_err(|error| failed(&error))?.map(move |request| (verb, request)));
    }
    // Whoever hears its own question can be commanded.
    let (asking, subject) = (bus.clone(), command(&options.name, RunnerVerb::Facts));
    let mut hears_itself = pin!(async move { asking.ask(subject, Vec::new(), ANSWER).await });
    let mut registered = false;
    let mut runner = RunnerService {
        clock: ProcessClock::begin(options.clock_ahead),
        instance: RaceId::fresh().to_string(),
        machine: machine(),
        bus,
        options,
        offer,
        catalog,
        env,
        tell,
        hosted: None,
        planned: VecDeque::new(),
    };
    let mut requests = select_all(endpoints);
    loop {
        let pause = if runner.hosted.is_some() { STEP } else { REST };
        tokio::select! {
            biased;
            () = stop.as_mut() => break,
            Some((verb, request)) = requests.next() => runner.answer(verb, &request).await,
            heard = hears_itself.as_mut(), if !registered => {
                registered = true;
                match heard {
                    Ok(_) => tell(&format!("runner {}: registered", runner.options.name)),
                    Err(_) => return Err(RunnerError::Deaf(runner.options.name)),
                }
            }
            () = tokio::time::sleep(pause) => {}
        }
        runner.go_on().await;
    }
    runner.end().await;
    let _ = service.stop().await;
    Ok(())
}

impl RunnerService<'_> {
    async fn answer(&mut self, verb: RunnerVerb, request: &Request) {
        let received = self.clock.now();
        let message = &request.message.payload;
        if message.len() > LARGEST_MESSAGE {
            return self.reply::<()>(request, Err(RefusalKind::Limit.because("the message is too large"))).await;
        }
        match verb {
            RunnerVerb::Clock => {
                let reading =
                    RunnerClock { instance: self.instance.clone(), received_us: received, sent_us: self.clock.now() };
                self.reply(request, Ok(reading)).await;
            }
            RunnerVerb::Facts => self.reply(request, Ok(self.facts())).await,
            RunnerVerb::Plan => {
                let planned = self.command::<RacePlan>(verb, message).and_then(|plan| self.plan(plan));
                self.reply(request, planned).await;
            }
            RunnerVerb::Load => {
                let planned = self.command::<LoadPlan>(verb, message).and_then(|plan| self.load(plan));
                self.reply(request, planned).await;
            }
            RunnerVerb::Visit => {
                let planned = self.command::<VisitPlan>(verb, message).and_then(|plan| self.visit(plan));
                self.reply(request, planned).await;
            }
            RunnerVerb::Ready => {
                let ready = self
                    .command::<RaceCommand>(verb, message)
                    .and_then(|command| Ok(LanesReady { ready: self.race(&command.race)?.lanes_ready() }));
                self.reply(request, ready).await;
            }
            RunnerVerb::Arm => {
                let armed = self.command::<ArmCommand>(verb, message).and_then(|command| self.arm(&command));
                self.reply(request, armed).await;
            }
            RunnerVerb::Stop => {
                let stopped = self.command::<RaceCommand>(verb, message).and_then(|command| {
                    self.race(&command.race)?.stop("its director ended it");
                    Ok(command)
                });
                self.reply(request, stopped).await;
            }
            RunnerVerb::Fetch => match self.command(verb, message).and_then(|command| self.fetch(&command)) {
                Ok((facts, piece)) => {
                    let _ = request.respond_with_headers(Ok(piece), headers_of(&facts)).await;
                }
                Err(refusal) => self.reply::<()>(request, Err(refusal)).await,
            },
        }
    }

    async fn reply<T: Serialize>(&self, request: &Request, answer: Result<T, Refusal>) {
        if let Err(Refusal { why, own, .. }) = &answer {
            (self.tell)(&format!("refused: {}", own.as_ref().unwrap_or(why)));
        }
        let reply = match answer {
            Ok(done) => RunnerReply::Done(done),
            Err(refusal) => RunnerReply::Refused(refusal),
        };
        if let Ok(bytes) = serde_json::to_vec(&reply) {
            // Whoever asked may have left.
            let _ = request.respond(Ok(bytes.into())).await;
        }
    }

    /// The command in `message`, if it is for this runner and from a director that it obeys.
    fn command<T: DeserializeOwned>(&self, verb: RunnerVerb, message: &[u8]) -> Result<T, Refusal> {
        let read = self.options.directors.read::<DirectorCommand<T>>(message);
        let DirectorCommand { runner, instance, verb: meant, expires_us, command } =
            read.map_err(|error| RefusalKind::Forbidden.because(error.to_string()))?;
        if runner != self.options.name || meant != verb.as_str() {
            return Err(RefusalKind::Forbidden.because("the command was signed for somebody or something else"));
        }
        // Reading a tape changes nothing, and has to work after a restart.
        if verb != RunnerVerb::Fetch && (instance != self.instance || expires_us < self.clock.now()) {
            return Err(RefusalKind::Expired.because("the command is too old, or for an earlier start of this runner"));
        }
        Ok(command)
    }

    fn facts(&self) -> RunnerFacts {
        RunnerFacts {
            name: self.options.name.to_string(),
            region: self.options.region.clone(),
            protocol: PROTOCOL,
            version: env!("CARGO_PKG_VERSION").into(),
            instance: self.instance.clone(),
            simulated: self.offer.simulated,
            machine: self.machine.clone(),
            contestants: self.offer.facts(),
            limits: self.options.limits,
            calibration: self.options.calibration.clone(),
            busy: self.hosted.as_ref().map(|race| race.id.clone()),
            loads: true,
            asks: true,
            sweeps: Some(self.options.sweeps.facts()),
        }
    }

    /// The folder of `race`, where one more can be run now.
    fn admitted(&mut self, race: &RaceId) -> Result<PathBuf, Refusal> {
        if let Some(race) = &self.hosted {
            return Err(RefusalKind::Busy.because(format!("it is busy with race {}", race.id)));
        }
        let now = Instant::now();
        while self.planned.front().is_some_and(|at| now.saturating_duration_since(*at) > HOUR) {
            self.planned.pop_front();
        }
        let most = self.options.limits.races_per_hour;
        if self.planned.len() >= usize::try_from(most).unwrap_or(usize::MAX) {
            return Err(RefusalKind::Limit.because(format!("this runner runs {most} races an hour, and has")));
        }
        let folder = self.folder(race);
        if folder.exists() {
            return Err(RefusalKind::Expired.because("a race of this name has been run here"));
        }
        Ok(folder)
    }

    /// Takes on what `begin` makes ready.
    fn host(
        &mut self,
        id: RaceId,
        folder: &Path,
        what: &str,
        begin: impl FnOnce(RaceId, Duration) -> Result<HostedRace, Refusal>,
    ) -> Result<PlannedRace, Refusal> {
        atomic_file::folder(folder).map_err(|error| Refusal::failed(&format!("cannot record: {error}")))?;
        let told = format!("race {id}: {what} for a director");
        let hosted = begin(id, Duration::from_secs(self.options.limits.seconds))?;
        (self.tell)(&told);
        self.planned.push_back(Instant::now());
        let header = hosted.header.clone();
        self.hosted = Some(hosted);
        Ok(PlannedRace { header })
    }

    fn race(&mut self, id: &RaceId) -> Result<&mut HostedRace, Refusal> {
        let race = self.hosted.as_mut().filter(|race| race.id == *id);
        race.ok_or_else(|| RefusalKind::Unknown.because(format!("race {id} is not under way here")))
    }

    fn arm(&mut self, command: &ArmCommand) -> Result<ArmedRace, Refusal> {
        let green = self.clock.instant(command.green_us);
        let green = green.ok_or_else(|| RefusalKind::Late.because("the start is at no moment of this clock"))?;
        self.race(&command.race)?.arm(green)?;
        Ok(ArmedRace { green_us: command.green_us })
    }

    fn fetch(&self, command: &FetchCommand) -> Result<(PieceFacts, Bytes), Refusal> {
        let under_way = self.hosted.as_ref().is_some_and(|race| race.id == command.race);
        tail::fetched(&self.folder(&command.race), command, under_way)
    }

    fn folder(&self, race: &RaceId) -> PathBuf {
        self.options.recordings.join(FOLDER).join(race.as_str())
    }

    /// Lets the race go on that is under way, and lets go of it when it is over.
    async fn go_on(&mut self) {
        let Some(race) = &mut self.hosted else { return };
        match race.tick(&self.bus, &self.options.name).await {
            Ok(false) => {}
            Ok(true) => {
                (self.tell)(&format!("race {}: over", race.id));
                self.hosted = None;
            }
            Err(error) => {
                (self.tell)(&format!("race {}: its recording can be kept or read no more: {error}", race.id));
                self.hosted = None;
            }
        }
    }

    /// Ends the race that is under way, with its recording whole and, where the bus is up, published.
    async fn end(&mut self) {
        if let Some(race) = &mut self.hosted {
            race.stop("its runner was ended");
        }
        let begun = Instant::now();
        while self.hosted.is_some() && begun.elapsed() < REST * 5 {
            self.go_on().await;
            tokio::time::sleep(STEP).await;
        }
        self.bus.flush().await;
    }
}
