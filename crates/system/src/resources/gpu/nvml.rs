//! NVIDIA's management library, loaded when it is there: nothing is linked, and without it nothing is known.
//! What one device does not tell is left out; what it tells is added over all devices.

use nvml_wrapper::Nvml;
use nvml_wrapper::enums::device::UsedGpuMemory;

use super::meter::{GpuMeter, GpuReading};

/// The library of an NVIDIA driver.
pub struct NvidiaLibrary {
    library: Nvml,
}

/// What one device says, each fact by itself.
#[derive(Clone, Debug, Default)]
struct DeviceReading {
    used_bytes: Option<u64>,
    busy_percent: Option<u32>,
    milliwatts: Option<u32>,
    millijoules: Option<u64>,
    /// Processes on it with the memory that each holds, where the driver says how much.
    processes: Option<Vec<(u32, Option<u64>)>>,
}

impl NvidiaLibrary {
    /// Loads it; nothing where there is no driver.
    #[must_use]
    pub fn open() -> Option<Self> {
        Nvml::init().ok().map(|library| Self { library })
    }

    fn devices(&self) -> Vec<DeviceReading> {
        let count = self.library.device_count().unwrap_or(0);
        let devices = (0..count).filter_map(|index| self.library.device_by_index(index).ok());
        let reading = devices.map(|device| {
            let compute = device.running_compute_processes().ok();
            let graphics = device.running_graphics_processes().ok();
            let held = |memory: UsedGpuMemory| match memory {
                UsedGpuMemory::Used(bytes) => Some(bytes),
                UsedGpuMemory::Unavailable => None,
            };
            let processes = compute.map(|compute| {
                // A process can be on both lists; its memory is the same on each.
                let mut all: Vec<(u32, Option<u64>)> = compute
                    .into_iter()
                    .chain(graphics.into_iter().flatten())
                    .map(|p| (p.pid, held(p.used_gpu_memory)))
                    .collect();
                all.sort_unstable();
                all.dedup_by_key(|(process, _)| *process);
                all
            });
            DeviceReading {
                used_bytes: device.memory_info().ok().map(|memory| memory.used),
                busy_percent: device.utilization_rates().ok().map(|rates| rates.gpu),
                milliwatts: device.power_usage().ok(),
                millijoules: device.total_energy_consumption().ok(),
                processes,
            }
        });
        reading.collect()
    }
}

impl GpuMeter for NvidiaLibrary {
    fn read(&mut self, processes: &[u32]) -> GpuReading {
        let readings = self.devices().into_iter().map(|device| device.reading(processes));
        readings.fold(GpuReading::default(), GpuReading::with)
    }
}

impl DeviceReading {
    fn reading(&self, processes: &[u32]) -> GpuReading {
        // One process of ours whose memory is not told makes the sum unknown, not smaller.
        let ours = |all: &Vec<(u32, Option<u64>)>| -> Option<u64> {
            all.iter().filter(|(process, _)| processes.contains(process)).map(|(_, bytes)| *bytes).sum()
        };
        GpuReading {
            process_bytes: self.processes.as_ref().and_then(ours),
            device_bytes: self.used_bytes,
            busy: self.busy_percent.map(|percent| f64::from(percent) / 100.0),
            watts: self.milliwatts.map(|milliwatts| f64::from(milliwatts) / 1e3),
            counted_joules: self.millijoules.map(joules),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a counter of millijoules stays far below 2^53")]
fn joules(millijoules: u64) -> f64 {
    millijoules as f64 / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_read_for_our_processes_alone() {
        let device = DeviceReading {
            used_bytes: Some(900),
            busy_percent: Some(75),
            milliwatts: Some(120_500),
            millijoules: Some(2_500),
            processes: Some(vec![(5, Some(300)), (6, Some(40)), (9, Some(500))]),
        };
        let reading = device.reading(&[5, 6, 7]);
        assert_eq!((reading.process_bytes, reading.device_bytes), (Some(340), Some(900)));
        assert_eq!((reading.busy, reading.watts, reading.counted_joules), (Some(0.75), Some(120.5), Some(2.5)));
        assert_eq!(device.reading(&[7]).process_bytes, Some(0), "the driver says that ours holds nothing");
    }

    #[test]
    fn what_is_not_told_is_not_made_up() {
        assert_eq!(DeviceReading::default().reading(&[1]), GpuReading::default());
        let silent = DeviceReading { processes: Some(vec![(5, None), (6, Some(1))]), ..DeviceReading::default() };
        assert_eq!(silent.reading(&[5, 6]).process_bytes, None);
    }

    #[test]
    fn a_machine_without_the_library_is_no_error() {
        if let Some(mut library) = NvidiaLibrary::open() {
            assert!(library.read(&[]).device_bytes.is_some());
        }
    }
}
