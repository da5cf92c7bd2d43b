//! A server of limited capacity: so many answers at a time, and a queue in front of them, first come, first served.
//! How long an answer takes is known from its script, so when it begins is known as soon as its request is there.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::log::lock;

/// Which server it is: an entrant, and the number of its slots.
type SlotKey = (String, u32);

/// When each slot of each server is free again.
#[derive(Debug, Default)]
pub(super) struct AnswerSlots(Mutex<BTreeMap<SlotKey, Vec<Instant>>>);

impl AnswerSlots {
    /// How long a request that `arrived` waits for one of `slots` of `entrant`, and takes that for `service`.
    pub(super) fn wait(&self, entrant: &str, slots: u32, arrived: Instant, service: Duration) -> Duration {
        let mut servers = lock(&self.0);
        let free = servers.entry((entrant.to_owned(), slots)).or_default();
        if free.len() < usize::try_from(slots).unwrap_or(usize::MAX) {
            free.push(arrived + service);
            return Duration::ZERO;
        }
        let Some(first) = free.iter_mut().min() else { return Duration::ZERO };
        let begins = (*first).max(arrived);
        *first = begins + service;
        begins.duration_since(arrived)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_comes_beyond_the_slots_waits_for_the_first_that_is_free() {
        let (slots, begun) = (AnswerSlots::default(), Instant::now());
        let ms = Duration::from_millis;
        let wait = |at: u64, service: u64| slots.wait("a", 2, begun + ms(at), ms(service)).as_millis();
        assert_eq!([wait(0, 100), wait(10, 50)], [0, 0]);
        assert_eq!([wait(20, 100), wait(30, 10)], [40, 70], "at 60 and at 100");
        assert_eq!(wait(500, 1), 0);
        assert_eq!(slots.wait("a", 1, begun, ms(9)), Duration::ZERO, "another number is another server");
    }
}
