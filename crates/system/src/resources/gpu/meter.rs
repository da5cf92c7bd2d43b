//! What any driver of graphics devices is asked, and what it answers.
//! Absent means that nobody tells; it is never zero.

/// What graphics devices say at one moment. Absent means that nobody tells.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct GpuReading {
    /// Memory of the asked processes on all devices, bytes.
    pub process_bytes: Option<u64>,
    /// Memory in use on all devices, whoever holds it, bytes.
    pub device_bytes: Option<u64>,
    /// The busiest device's share of time, from 0 to 1.
    pub busy: Option<f64>,
    /// Electric power of all devices, watts.
    pub watts: Option<f64>,
    /// Energy of all devices by their own counters, joules since some moment of theirs.
    pub counted_joules: Option<f64>,
}

/// Whoever can tell about graphics devices.
pub trait GpuMeter: Send {
    /// What they say now; `processes` are those whose memory is asked for.
    fn read(&mut self, processes: &[u32]) -> GpuReading;
}

impl GpuReading {
    /// Both together: amounts add up, and the busiest device stands for all.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        let sum = |one: Option<f64>, two: Option<f64>| match (one, two) {
            (Some(one), Some(two)) => Some(one + two),
            (one, two) => one.or(two),
        };
        let bytes = |one: Option<u64>, two: Option<u64>| match (one, two) {
            (Some(one), Some(two)) => Some(one.saturating_add(two)),
            (one, two) => one.or(two),
        };
        Self {
            process_bytes: bytes(self.process_bytes, other.process_bytes),
            device_bytes: bytes(self.device_bytes, other.device_bytes),
            busy: match (self.busy, other.busy) {
                (Some(one), Some(two)) => Some(one.max(two)),
                (one, two) => one.or(two),
            },
            watts: sum(self.watts, other.watts),
            counted_joules: sum(self.counted_joules, other.counted_joules),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_add_up_and_absent_stays_absent() {
        let one = GpuReading { device_bytes: Some(10), busy: Some(0.25), watts: Some(30.0), ..GpuReading::default() };
        let two = GpuReading { device_bytes: Some(5), busy: Some(0.75), ..GpuReading::default() };
        let both = one.with(two);
        assert_eq!((both.device_bytes, both.busy, both.watts), (Some(15), Some(0.75), Some(30.0)));
        assert_eq!((both.process_bytes, both.counted_joules), (None, None));
    }
}
