//! What the kernel tells of graphics devices in files: amdgpu's below `/sys`, and each process's share in `/proc/PID/fdinfo`.
//! NVIDIA's closed driver writes neither, so nothing is counted twice.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::meter::{GpuMeter, GpuReading};

/// Keys of memory that lies on the device, by the kernel's own names for it.
const DEVICE_MEMORY: [&str; 3] = ["drm-resident-vram", "drm-memory-vram", "drm-resident-local0"];
/// Drivers that NVIDIA's library tells about.
const NVIDIA_DRIVER: &str = "nvidia";

/// The files of devices below one root.
#[derive(Clone, Debug)]
pub struct DrmFiles {
    root: PathBuf,
    devices: Vec<PathBuf>,
}

impl DrmFiles {
    /// The devices that have such files below `root`; nothing where there is none.
    #[must_use]
    pub fn below(root: &Path) -> Option<Self> {
        let cards = fs::read_dir(root.join("sys/class/drm")).ok()?;
        let names = cards.flatten().map(|card| card.path());
        let is_card = |path: &PathBuf| {
            let number = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_prefix("card"));
            number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
        };
        let mut devices: Vec<_> = names.filter(is_card).map(|card| card.join("device")).collect();
        devices.retain(|device| driver(device).as_deref() != Some(NVIDIA_DRIVER));
        devices.sort();
        (!devices.is_empty()).then(|| Self { root: root.to_owned(), devices })
    }

    /// Device memory of `processes`: every open device file tells it once.
    fn process_bytes(&self, processes: &[u32]) -> Option<u64> {
        let mut sum = None;
        for process in processes {
            let mut clients = BTreeSet::new();
            let files = fs::read_dir(self.root.join(format!("proc/{process}/fdinfo"))).into_iter().flatten().flatten();
            for told in files.filter_map(|file| fs::read_to_string(file.path()).ok()) {
                let Some(bytes) = device_memory(&told) else { continue };
                let client =
                    (field(&told, "drm-pdev").map(str::to_owned), field(&told, "drm-client-id").map(str::to_owned));
                // Two numbers for one open file tell the same memory.
                if client.1.is_none() || clients.insert(client) {
                    sum = Some(sum.unwrap_or(0_u64).saturating_add(bytes));
                }
            }
        }
        sum
    }
}

impl GpuMeter for DrmFiles {
    fn read(&mut self, processes: &[u32]) -> GpuReading {
        let devices = self.devices.iter().map(|device| device_reading(device));
        let all = devices.fold(GpuReading::default(), GpuReading::with);
        GpuReading { process_bytes: self.process_bytes(processes), ..all }
    }
}

fn device_reading(device: &Path) -> GpuReading {
    let number = |file: &Path| fs::read_to_string(file).ok()?.trim().parse::<u64>().ok();
    let sensors = fs::read_dir(device.join("hwmon")).into_iter().flatten().flatten().map(|sensor| sensor.path());
    let (mut watts, mut joules) = (None, None);
    for sensor in sensors {
        let power = ["power1_average", "power1_input"].iter().find_map(|name| number(&sensor.join(name)));
        watts = watts.or(power.map(millionths));
        joules = joules.or(number(&sensor.join("energy1_input")).map(millionths));
    }
    GpuReading {
        process_bytes: None,
        device_bytes: number(&device.join("mem_info_vram_used")),
        busy: number(&device.join("gpu_busy_percent"))
            .and_then(|percent| u32::try_from(percent).ok())
            .map(|percent| f64::from(percent.min(100)) / 100.0),
        watts,
        counted_joules: joules,
    }
}

fn driver(device: &Path) -> Option<String> {
    let link = fs::read_link(device.join("driver")).ok()?;
    Some(link.file_name()?.to_str()?.to_owned())
}

/// Device memory that one open file tells, by the first key that the driver knows.
fn device_memory(told: &str) -> Option<u64> {
    DEVICE_MEMORY.into_iter().find_map(|key| amount(field(told, key)?))
}

fn field<'a>(told: &'a str, key: &str) -> Option<&'a str> {
    told.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':')).map(str::trim)
}

/// `12 KiB` as bytes.
fn amount(text: &str) -> Option<u64> {
    let (number, unit) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let factor = match unit.trim() {
        "" => 1,
        "KiB" => 1024,
        "MiB" => 1024 * 1024,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

#[expect(clippy::cast_precision_loss, reason = "sensors stay far below 2^53 millionths")]
fn millionths(number: u64) -> f64 {
    number as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn an_amd_card_is_read_from_its_files() {
        let root = tempfile::tempdir().unwrap();
        let card = "sys/class/drm/card1/device";
        put(root.path(), &format!("{card}/mem_info_vram_used"), "2147483648\n");
        put(root.path(), &format!("{card}/gpu_busy_percent"), "87\n");
        put(root.path(), &format!("{card}/hwmon/hwmon4/power1_average"), "121000000\n");
        put(root.path(), "sys/class/drm/card1-DP-1/device/mem_info_vram_used", "5\n");
        put(
            root.path(),
            "proc/42/fdinfo/9",
            "pos: 0\ndrm-driver: amdgpu\ndrm-pdev: 0000:03:00.0\ndrm-client-id: 7\ndrm-memory-vram: 2048 KiB\n",
        );
        put(root.path(), "proc/42/fdinfo/10", "drm-pdev: 0000:03:00.0\ndrm-client-id: 7\ndrm-memory-vram: 2048 KiB\n");
        put(root.path(), "proc/42/fdinfo/11", "pos: 0\nflags: 02\n");
        put(root.path(), "proc/43/fdinfo/3", "drm-pdev: 0000:03:00.0\ndrm-client-id: 8\ndrm-resident-vram: 1 MiB\n");
        let reading = DrmFiles::below(root.path()).unwrap().read(&[42, 43]);
        assert_eq!(reading.device_bytes, Some(2_147_483_648));
        assert_eq!((reading.busy, reading.watts), (Some(0.87), Some(121.0)));
        assert_eq!(reading.process_bytes, Some(3 * 1024 * 1024), "two numbers of one open file count once");
        assert_eq!(reading.counted_joules, None);
    }

    #[cfg(unix)]
    #[test]
    fn a_card_that_the_library_tells_about_is_left_to_it() {
        let root = tempfile::tempdir().unwrap();
        put(root.path(), "sys/class/drm/card0/device/vendor", "0x10de\n");
        std::os::unix::fs::symlink(
            "../../bus/pci/drivers/nvidia",
            root.path().join("sys/class/drm/card0/device/driver"),
        )
        .unwrap();
        assert!(DrmFiles::below(root.path()).is_none());
        assert!(DrmFiles::below(Path::new("/nowhere")).is_none());
    }

    #[test]
    fn an_intel_card_counts_its_energy() {
        let root = tempfile::tempdir().unwrap();
        put(root.path(), "sys/class/drm/card0/device/hwmon/hwmon2/energy1_input", "7500000\n");
        let reading = DrmFiles::below(root.path()).unwrap().read(&[]);
        assert_eq!((reading.counted_joules, reading.watts), (Some(7.5), None));
    }
}
