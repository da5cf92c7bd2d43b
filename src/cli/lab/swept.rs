//! What a sweep is made of, before its first visit: combinations of engines here, or of what runners offer.

use std::collections::BTreeMap;

use crate::environment::MachineEnvironment;
use crate::lab::sweep::{ModelSize, SweepPoint};

/// What is swept, and where.
pub(super) struct Swept {
    /// The combinations that are visited.
    pub(super) points: Vec<SweepPoint>,
    /// The model of each.
    pub(super) models: Vec<ModelSize>,
    /// The machines of its runners, by their names.
    pub(super) machines: BTreeMap<String, MachineEnvironment>,
    /// This machine, as far as figures are of it.
    pub(super) environment: MachineEnvironment,
}
