//! Graphics devices: what they hold, how busy they are, and what they draw, each by the driver that tells it.
//! NVIDIA's library is loaded when the program runs; amdgpu's and DRM's files are read below a root that a test can replace.

mod drm;
mod meter;
mod nvml;

use std::path::Path;

pub use self::drm::DrmFiles;
pub use self::meter::{GpuMeter, GpuReading};
pub use self::nvml::NvidiaLibrary;

/// All that can tell here, at most one for each kind of driver; empty without a graphics device.
#[must_use]
pub fn gpu_meters() -> Vec<Box<dyn GpuMeter>> {
    let mut meters: Vec<Box<dyn GpuMeter>> = Vec::new();
    if let Some(library) = NvidiaLibrary::open() {
        meters.push(Box::new(library));
    }
    if let Some(files) = DrmFiles::below(Path::new("/")) {
        meters.push(Box::new(files));
    }
    meters
}
