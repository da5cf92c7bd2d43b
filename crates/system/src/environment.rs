//! What a measurement ran on: system, processor, memory, graphics, local time and the build of this program.
//! Whatever can't be found out is absent, and names of hosts and people are never asked for.
//!
//! `sysinfo` tells kernel, processor and memory everywhere. By hand stays what it can't: graphics cards; the highest frequency
//! of an Intel Mac, for which it tells the nominal one, and of Linux; the frequency now on Linux, which it asks of every core
//! and takes from `BogoMIPS` where there is none; and the whole name of a distribution, which it shortens.

mod parse;

use std::path::Path;
use std::process::Command;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use sysinfo::{CpuRefreshKind, MemoryRefreshKind, RefreshKind, System};

use self::parse::{field, pretty_name};

/// How local time is written: RFC 3339 with its distance from UTC.
const LOCAL_TIME: &str = "%Y-%m-%dT%H:%M:%S%:z";

/// The environment of a measurement.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct MachineEnvironment {
    /// This program with its version, for example `speed-kings 0.1.0`.
    pub tool: String,
    /// The commit it was built from, with `-dirty` when the sources had changes; absent outside a checkout.
    pub commit: Option<String>,
    /// The system as it calls itself, for example `Ubuntu 24.04.1 LTS` or `macOS 15.1`.
    pub os: Option<String>,
    /// The kernel's release, for example `6.8.0-45-generic`; absent when not known.
    pub kernel: Option<String>,
    /// The processor's architecture, for example `x86_64`.
    pub arch: String,
    /// The processor's model name, for example `AMD EPYC 7B13`; absent when not known.
    pub cpu: Option<String>,
    /// Logical cores that this process may use.
    pub cores: Option<usize>,
    /// The processor's highest frequency, MHz.
    pub max_mhz: Option<f64>,
    /// The first core's frequency at the moment of the probe, MHz.
    pub now_mhz: Option<f64>,
    /// The machine's main memory, in bytes; absent when not known.
    pub memory_bytes: Option<u64>,
    /// Graphics cards by model; empty when none was found.
    pub gpus: Vec<String>,
    /// Local wall-clock time with its distance from UTC, for example `2026-11-02T14:03:00+01:00`.
    pub local_time: Option<String>,
    /// The time zone's name, for example `Europe/Berlin`.
    pub time_zone: Option<String>,
}

impl MachineEnvironment {
    /// Looks around, best effort: least is found where this is neither Linux, macOS nor Windows. Takes a few milliseconds and
    /// may run `sysctl`, so it belongs before a measurement and never into one. `now` is the wall clock.
    #[must_use]
    pub fn probe(now: Timestamp) -> Self {
        let local = now.to_zoned(zone());
        let facts = RefreshKind::nothing()
            .with_cpu(CpuRefreshKind::nothing())
            .with_memory(MemoryRefreshKind::nothing().with_ram());
        let system = System::new_with_specifics(facts);
        let mut environment = Self {
            tool: format!("speed-kings {}", env!("CARGO_PKG_VERSION")),
            commit: option_env!("SPEED_KINGS_COMMIT").map(str::to_owned),
            os: Some(std::env::consts::OS.to_owned()),
            kernel: System::kernel_version().as_deref().and_then(some),
            arch: std::env::consts::ARCH.to_owned(),
            cpu: system.cpus().first().and_then(|cpu| some(cpu.brand())),
            cores: std::thread::available_parallelism().ok().map(usize::from),
            memory_bytes: Some(system.total_memory()).filter(|bytes| *bytes > 0),
            local_time: Some(local.strftime(LOCAL_TIME).to_string()),
            time_zone: zone_name(local.time_zone()),
            ..Self::default()
        };
        if cfg!(target_os = "linux") {
            environment.linux(Path::new("/"));
        } else {
            environment.elsewhere(system);
        }
        environment
    }

    /// Reads below `root` what Linux says in files alone.
    fn linux(&mut self, root: &Path) {
        let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap_or_default();
        self.os = pretty_name(&read("etc/os-release")).or_else(|| self.os.take());
        self.now_mhz = field(&read("proc/cpuinfo"), "cpu MHz").and_then(|mhz| mhz.parse().ok());
        let khz = read("sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq");
        self.max_mhz = khz.trim().parse().ok().map(|khz: f64| khz / 1e3);
        let cards = std::fs::read_dir(root.join("proc/driver/nvidia/gpus")).into_iter().flatten().flatten();
        let told = cards.filter_map(|card| std::fs::read_to_string(card.path().join("information")).ok());
        self.gpus = told.filter_map(|told| field(&told, "Model").map(str::to_owned)).collect();
        self.gpus.sort();
    }

    /// Asks macOS, Windows and others.
    fn elsewhere(&mut self, mut system: System) {
        system.refresh_cpu_frequency();
        let mhz = system.cpus().first().map(sysinfo::Cpu::frequency).filter(|mhz| *mhz > 0);
        let mhz = mhz.and_then(|mhz| u32::try_from(mhz).ok()).map(f64::from);
        if cfg!(target_os = "macos") {
            self.os = System::os_version().map(|version| format!("macOS {version}")).or_else(|| self.os.take());
            let hz = output("sysctl", &["-n", "hw.cpufrequency_max"]).and_then(|hz| hz.parse().ok());
            self.max_mhz = hz.map(|hz: f64| hz / 1e6).or_else(|| mhz.filter(|_| cfg!(target_arch = "aarch64")));
            // Apple's own chips carry the graphics with them, under the same name.
            self.gpus = self.cpu.iter().filter(|cpu| cpu.starts_with("Apple")).cloned().collect();
        } else {
            self.os = System::long_os_version().as_deref().and_then(some).or_else(|| self.os.take());
            self.now_mhz = mhz;
        }
    }
}

/// What a command says on standard output; nothing when it is not there or fails.
fn output(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).stdin(std::process::Stdio::null()).output().ok()?;
    output.status.success().then(|| some(&String::from_utf8_lossy(&output.stdout))).flatten()
}

fn some(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The zone that this machine keeps, which is UTC where it keeps none.
fn zone() -> TimeZone {
    TimeZone::try_system().unwrap_or(TimeZone::UTC)
}

/// The zone's name in the database of zones; a system that keeps a copy of the zone's file may name it beside.
fn zone_name(zone: &TimeZone) -> Option<String> {
    let beside = || std::fs::read_to_string("/etc/timezone").ok().and_then(|name| some(&name));
    zone.iana_name().map(str::to_owned).or_else(beside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probe_knows_itself_and_goes_through_json() {
        let here = MachineEnvironment::probe(Timestamp::UNIX_EPOCH);
        assert!(here.tool.starts_with("speed-kings ") && !here.arch.is_empty());
        assert!(here.os.is_some() && here.kernel.is_some() && here.memory_bytes.is_some_and(|bytes| bytes > 1 << 20));
        let json = serde_json::to_string(&here).unwrap();
        assert_eq!(serde_json::from_str::<MachineEnvironment>(&json).unwrap(), here);
        assert_eq!(
            serde_json::from_str::<MachineEnvironment>("{\"newer\": 1}").unwrap(),
            MachineEnvironment::default()
        );
    }

    #[test]
    fn local_time_carries_its_distance_from_utc() {
        let here = MachineEnvironment::probe(Timestamp::UNIX_EPOCH);
        let local: Timestamp = here.local_time.unwrap().parse().unwrap();
        assert_eq!(local, Timestamp::UNIX_EPOCH);
        let west = Timestamp::UNIX_EPOCH.to_zoned(TimeZone::fixed(jiff::tz::offset(-3)));
        assert_eq!(west.strftime(LOCAL_TIME).to_string(), "1969-12-31T21:00:00-03:00");
    }

    #[test]
    fn what_only_files_tell_of_linux_is_read_from_them() {
        let root = tempfile::tempdir().unwrap();
        let put = |path: &str, text: &str| {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        let mut bare = MachineEnvironment::default();
        bare.linux(root.path());
        assert_eq!(bare, MachineEnvironment::default(), "absent stays absent");
        put("etc/os-release", "NAME=\"X\"\nPRETTY_NAME=\"X Linux 9\"\n");
        put("proc/cpuinfo", "processor\t: 0\ncpu MHz\t\t: 2449.998\n");
        put("sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq", "3500000\n");
        put("proc/driver/nvidia/gpus/0000:01:00.0/information", "Model: \t\t NVIDIA H200\nIRQ: 1\n");
        let mut here = MachineEnvironment::default();
        here.linux(root.path());
        assert_eq!(here.os.as_deref(), Some("X Linux 9"));
        assert_eq!((here.now_mhz, here.max_mhz), (Some(2449.998), Some(3500.0)));
        assert_eq!(here.gpus, ["NVIDIA H200"]);
    }
}
