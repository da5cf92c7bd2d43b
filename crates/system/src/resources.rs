//! What a contestant's processes and the machine use while a race runs: looked at now and then on a thread of its own.
//! The thread that keeps the time of the race never waits for it, and a full queue loses a look, which is counted.

pub mod energy;
pub mod gpu;
pub mod machine_load;
pub mod macmon;
pub mod page_cache;
pub mod process_tree;

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use speed_kings_core::race::engine::ResourceSample;

use self::energy::{PackageEnergy, PowerIntegral};
use self::gpu::{GpuMeter, GpuReading, gpu_meters};
use self::macmon::MacmonPipe;
use self::process_tree::ProcessTree;

/// The time between two looks.
pub const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Looks that wait to be fetched: half a minute of them.
const QUEUE: usize = 128;

/// The processor time that the thread which asks has used; nothing where the system doesn't tell.
#[must_use]
#[cfg(unix)]
pub fn thread_cpu_time() -> Option<Duration> {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Some(Duration::new(used.tv_sec.try_into().ok()?, used.tv_nsec.try_into().ok()?))
}

/// The processor time that the thread which asks has used: not known here.
#[must_use]
#[cfg(not(unix))]
pub const fn thread_cpu_time() -> Option<Duration> {
    None
}

/// Whose resources are looked at, and by what.
pub struct ResourceMeter {
    trees: Vec<ProcessTree>,
    gpus: Vec<Box<dyn GpuMeter>>,
    package: Option<PackageEnergy>,
    apple: Option<MacmonPipe>,
    apple_energy: PowerIntegral,
    gpu_energy: PowerIntegral,
    gpu_counter: Option<f64>,
    begun: Instant,
}

/// One look: at the machine, and at each tree in the order in which they were given.
#[derive(Clone, PartialEq, Debug)]
pub struct ResourceLook {
    /// When it was made.
    pub at: Instant,
    /// The whole machine: graphics and energy, which no driver divides among processes.
    pub machine: ResourceSample,
    /// Each tree's own share of the machine.
    pub trees: Vec<ResourceSample>,
}

impl ResourceMeter {
    /// Looks at `trees` with all that this machine has.
    #[must_use]
    pub fn new(trees: Vec<ProcessTree>) -> Self {
        let apple = cfg!(target_os = "macos").then(MacmonPipe::start).flatten();
        Self { package: PackageEnergy::open(), apple, ..Self::with(trees, gpu_meters()) }
    }

    /// Looks at `trees` and asks `gpus` alone.
    #[must_use]
    pub fn with(trees: Vec<ProcessTree>, gpus: Vec<Box<dyn GpuMeter>>) -> Self {
        Self {
            trees,
            gpus,
            package: None,
            apple: None,
            apple_energy: PowerIntegral::default(),
            gpu_energy: PowerIntegral::default(),
            gpu_counter: None,
            begun: Instant::now(),
        }
    }

    /// Looks once. `now` is a moment of the caller's clock.
    pub fn look(&mut self, now: Instant) -> ResourceLook {
        let seconds = now.saturating_duration_since(self.begun).as_secs_f64();
        let (numbers, mut trees): (Vec<_>, Vec<_>) = self.trees.iter_mut().map(ProcessTree::look).unzip();
        for (tree, processes) in trees.iter_mut().zip(&numbers) {
            tree.gpu_bytes = self.gpu(processes).process_bytes;
        }
        let gpu = self.gpu(&[]);
        let mut machine = ResourceSample {
            gpu_bytes: gpu.device_bytes,
            gpu_busy: gpu.busy,
            gpu_watts: gpu.watts,
            gpu_joules: self.gpu_joules(gpu, seconds),
            package_joules: self.package.as_mut().and_then(PackageEnergy::joules),
            ..ResourceSample::default()
        };
        if let Some(power) = self.apple.as_ref().and_then(MacmonPipe::latest) {
            machine.gpu_watts = power.gpu_power;
            machine.gpu_busy = power.gpu_usage.map(|(_, busy)| busy);
            machine.package_joules = power.all_power.map(|watts| self.apple_energy.add(seconds, watts));
        }
        ResourceLook { at: now, machine, trees }
    }

    fn gpu(&mut self, processes: &[u32]) -> GpuReading {
        self.gpus.iter_mut().map(|gpu| gpu.read(processes)).fold(GpuReading::default(), GpuReading::with)
    }

    /// By the devices' own counters where they have them, else by their power over the time.
    fn gpu_joules(&mut self, gpu: GpuReading, seconds: f64) -> Option<f64> {
        if let Some(counted) = gpu.counted_joules {
            return Some(counted - *self.gpu_counter.get_or_insert(counted));
        }
        gpu.watts.map(|watts| self.gpu_energy.add(seconds, watts))
    }
}

/// A thread that looks until it is dropped.
#[derive(Debug)]
pub struct ResourceSampler {
    /// Its end is the sign to stop.
    running: Option<SyncSender<()>>,
    looks: Receiver<ResourceLook>,
    thread: Option<JoinHandle<u32>>,
}

impl ResourceSampler {
    /// Starts to look; nothing where no thread can be had.
    #[must_use]
    pub fn start(meter: ResourceMeter) -> Option<Self> {
        // Nothing is ever sent: its end is the sign.
        let (alive, stop) = sync_channel(1);
        let (queue, looks) = sync_channel(QUEUE);
        let thread = thread::Builder::new().name("resources".into()).spawn(move || watch(meter, &stop, &queue)).ok()?;
        Some(Self { running: Some(alive), looks, thread: Some(thread) })
    }

    /// The looks that were made since the last call, oldest first. Never waits.
    pub fn fetch(&self) -> impl Iterator<Item = ResourceLook> + '_ {
        self.looks.try_iter()
    }

    /// Looks a last time and ends: the looks that are left, and how many were lost because nobody fetched them.
    #[must_use]
    pub fn finish(mut self) -> (Vec<ResourceLook>, u32) {
        self.running = None;
        // Fetched while it runs: the last look may need the room that these take.
        let remaining = self.looks.iter().collect();
        let lost = self.thread.take().and_then(|thread| thread.join().ok()).unwrap_or(0);
        (remaining, lost)
    }
}

fn watch(mut meter: ResourceMeter, stop: &Receiver<()>, queue: &SyncSender<ResourceLook>) -> u32 {
    let mut lost = 0;
    loop {
        let ended = stop.recv_timeout(LOOK_EVERY) != Err(RecvTimeoutError::Timeout);
        match queue.try_send(meter.look(Instant::now())) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => lost += 1,
            Err(TrySendError::Disconnected(_)) => return lost,
        }
        if ended {
            return lost;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A device that plays what it was given.
    struct ScriptedGpu(std::vec::IntoIter<GpuReading>, GpuReading);

    impl GpuMeter for ScriptedGpu {
        fn read(&mut self, processes: &[u32]) -> GpuReading {
            // Asked for the machine, it goes on; asked for processes, it stays where it is.
            if processes.is_empty() {
                self.1 = self.0.next().unwrap_or(self.1);
            }
            self.1
        }
    }

    fn scripted(readings: Vec<GpuReading>) -> Vec<Box<dyn GpuMeter>> {
        vec![Box::new(ScriptedGpu(readings.into_iter(), GpuReading::default()))]
    }

    #[test]
    fn power_becomes_energy_where_nothing_counts_it() {
        let watts = |watts: f64| GpuReading { watts: Some(watts), ..GpuReading::default() };
        let mut meter = ResourceMeter::with(Vec::new(), scripted(vec![watts(100.0), watts(300.0)]));
        let start = meter.begun;
        assert_eq!(meter.look(start).machine.gpu_joules, Some(0.0));
        assert_eq!(meter.look(start + Duration::from_secs(2)).machine.gpu_joules, Some(400.0));
    }

    #[test]
    fn a_counter_goes_before_power_and_begins_at_nothing() {
        let counted =
            |joules: f64| GpuReading { counted_joules: Some(joules), watts: Some(9.0), ..GpuReading::default() };
        let mut meter = ResourceMeter::with(Vec::new(), scripted(vec![counted(5000.0), counted(5012.5)]));
        let start = meter.begun;
        assert_eq!(meter.look(start).machine.gpu_joules, Some(0.0));
        assert_eq!(meter.look(start).machine.gpu_joules, Some(12.5));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_sampler_sees_this_process_and_looks_a_last_time() {
        let trees = vec![ProcessTree::of(std::process::id(), None)];
        let sampler = ResourceSampler::start(ResourceMeter::with(trees, Vec::new())).unwrap();
        let (looks, lost) = sampler.finish();
        let newest = looks.last().unwrap();
        assert!(newest.trees[0].resident_bytes().unwrap() > 0, "{newest:?}");
        assert_eq!((lost, newest.machine), (0, ResourceSample::default()));
    }
}
