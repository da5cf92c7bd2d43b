//! Energy of the processor package: the counters of RAPL on Linux, the watts that `macmon pipe` prints on Apple's chips.
//! Both count the whole machine, whoever caused it. Where neither can be read, nothing is known.

use std::fs;
use std::path::{Path, PathBuf};

/// Counters of the processor package.
#[derive(Clone, Debug)]
pub struct PackageEnergy {
    packages: Vec<EnergyCounter>,
}

/// One counter in microjoules that starts anew at its end.
#[derive(Clone, Debug)]
struct EnergyCounter {
    file: PathBuf,
    /// The value after which it starts at 0 again.
    range: u64,
    last: u64,
    sum: u64,
}

impl PackageEnergy {
    /// The counters of this machine; nothing where there are none or they are the administrator's alone.
    #[must_use]
    pub fn open() -> Option<Self> {
        Self::below(Path::new("/"))
    }

    /// The same with the system's files below `root`.
    #[must_use]
    pub fn below(root: &Path) -> Option<Self> {
        let zones = fs::read_dir(root.join("sys/class/powercap")).ok()?;
        let mut packages: Vec<_> = zones.flatten().filter_map(|zone| EnergyCounter::open(&zone.path())).collect();
        packages.sort_by(|one, other| one.file.cmp(&other.file));
        (!packages.is_empty()).then_some(Self { packages })
    }

    /// Joules of all packages since the counters were opened; nothing once one can't be read any more.
    pub fn joules(&mut self) -> Option<f64> {
        let mut microjoules = 0_u64;
        for package in &mut self.packages {
            microjoules = microjoules.saturating_add(package.advance()?);
        }
        #[expect(clippy::cast_precision_loss, reason = "a joule of 2^53 microjoules is more than anybody measures")]
        Some(microjoules as f64 / 1e6)
    }
}

impl EnergyCounter {
    /// The counter of a whole package: its parts would count twice.
    fn open(zone: &Path) -> Option<Self> {
        let name = fs::read_to_string(zone.join("name")).ok()?;
        if !name.trim().starts_with("package") {
            return None;
        }
        let file = zone.join("energy_uj");
        let last = number(&file)?;
        let range = number(&zone.join("max_energy_range_uj")).unwrap_or(u64::MAX);
        Some(Self { file, range, last, sum: 0 })
    }

    fn advance(&mut self) -> Option<u64> {
        let now = number(&self.file)?;
        let step = if now >= self.last { now - self.last } else { (self.range - self.last.min(self.range)) + now };
        self.sum = self.sum.saturating_add(step);
        self.last = now;
        Some(self.sum)
    }
}

fn number(file: &Path) -> Option<u64> {
    fs::read_to_string(file).ok()?.trim().parse().ok()
}

/// Watts that become joules by the time between two looks, by the trapezoid rule.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct PowerIntegral {
    last: Option<(f64, f64)>,
    joules: f64,
}

impl PowerIntegral {
    /// Takes in `watts` at `seconds` on any steady clock, and gives the joules since the first look.
    pub fn add(&mut self, seconds: f64, watts: f64) -> f64 {
        if let Some((before, earlier)) = self.last {
            self.joules += (seconds - before).max(0.0) * f64::midpoint(watts, earlier);
        }
        self.last = Some((seconds, watts));
        self.joules
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn system() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (zone, name, energy) in [
            ("intel-rapl:0", "package-0", "1000000"),
            ("intel-rapl:0:0", "core", "77"),
            ("intel-rapl:1", "package-1", "9000000"),
        ] {
            let zone = root.path().join("sys/class/powercap").join(zone);
            fs::create_dir_all(&zone).unwrap();
            fs::write(zone.join("name"), format!("{name}\n")).unwrap();
            fs::write(zone.join("energy_uj"), format!("{energy}\n")).unwrap();
            fs::write(zone.join("max_energy_range_uj"), "10000000\n").unwrap();
        }
        root
    }

    fn set(root: &tempfile::TempDir, zone: &str, energy: &str) {
        fs::write(root.path().join("sys/class/powercap").join(zone).join("energy_uj"), energy).unwrap();
    }

    #[test]
    fn counters_are_added_and_may_start_anew() {
        let root = system();
        let mut energy = PackageEnergy::below(root.path()).unwrap();
        assert_eq!(energy.joules(), Some(0.0));
        set(&root, "intel-rapl:0", "3500000");
        set(&root, "intel-rapl:0:0", "9999999");
        assert_eq!(energy.joules(), Some(2.5));
        set(&root, "intel-rapl:1", "500000");
        assert_eq!(energy.joules(), Some(4.0), "1 J to its end, and half a joule from there");
        fs::remove_file(root.path().join("sys/class/powercap/intel-rapl:1/energy_uj")).unwrap();
        assert_eq!(energy.joules(), None);
    }

    #[test]
    fn without_counters_nothing_is_known() {
        assert!(PackageEnergy::below(Path::new("/nowhere")).is_none());
        let root = system();
        for zone in ["intel-rapl:0", "intel-rapl:1"] {
            fs::remove_file(root.path().join("sys/class/powercap").join(zone).join("energy_uj")).unwrap();
        }
        assert!(PackageEnergy::below(root.path()).is_none(), "a part is not the package");
    }

    #[test]
    fn power_is_integrated_between_looks() {
        let mut power = PowerIntegral::default();
        for (at, watts, joules) in [(0.0, 10.0, 0.0), (1.0, 20.0, 15.0), (3.0, 20.0, 55.0), (2.0, 90.0, 55.0)] {
            let sum = power.add(at, watts);
            assert!((sum - joules).abs() < 1e-9, "{sum} at {at} s");
        }
    }
}
