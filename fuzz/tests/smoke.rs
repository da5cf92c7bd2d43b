//! Runs every fuzz target on its corpus and on a fixed number of mutations of it.
//! The same seed each time, so that a failure here is a failure everywhere.

use speed_kings_fuzz::{TARGETS, corpus};

/// Mutations of each file of a corpus.
const MUTATIONS: usize = 40;
/// The most mutations of one target, whatever the size of its corpus.
const MOST: usize = 1_200;

/// One to four small changes, as a fuzzer makes them.
fn mutated(random: &mut fastrand::Rng, seeds: &[Vec<u8>], seed: &[u8]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..random.usize(1..5) {
        let at = random.usize(0..=bytes.len());
        match random.u8(0..6) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.u8(0..8),
            1 if at < bytes.len() => bytes[at] = random.u8(..),
            2 => bytes.truncate(at),
            3 => drop(bytes.drain(at..(at + random.usize(0..16)).min(bytes.len()))),
            4 => drop(bytes.splice(at..at, (0..random.usize(1..8)).map(|_| random.u8(..)).collect::<Vec<_>>())),
            _ => {
                let other = &seeds[random.usize(0..seeds.len())];
                let from = random.usize(0..=other.len());
                let piece = other[from..(from + random.usize(0..64)).min(other.len())].to_vec();
                drop(bytes.splice(at..at, piece));
            }
        }
    }
    bytes
}

#[test]
fn every_target_holds_on_its_corpus_and_near_it() {
    for (name, run) in TARGETS {
        let files = corpus(name).unwrap();
        assert!(!files.is_empty(), "{name} has no corpus");
        let seeds: Vec<Vec<u8>> = files.iter().map(|file| std::fs::read(file).unwrap()).collect();
        let mut random = fastrand::Rng::with_seed(24);
        run(&[]);
        seeds.iter().for_each(|seed| run(seed));
        for seed in seeds.iter().cycle().take((seeds.len() * MUTATIONS).min(MOST)) {
            run(&mutated(&mut random, &seeds, seed));
        }
    }
}
