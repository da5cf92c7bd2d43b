//! The comparison held against published examples, `SciPy`, itself turned round, and many simulated ones.
//! The simulated ones draw from a seed: the same thousand comparisons each time.

use super::*;
use crate::stats::simulate::{RunNoise, SimulatedStudy};
use crate::stats::tests::{close, numbers, scipy};

fn pairs(ratios: &[f64]) -> Vec<(f64, f64)> {
    ratios.iter().map(|ratio| (*ratio * 3.0, 3.0)).collect()
}

#[test]
fn student_is_scipys_and_the_sleep_of_students_patients() {
    // Cushny and Peebles' hours of sleep gained, as used by Student (1908): t = 4.0621, p = 0.002833.
    let sleep = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4];
    let interval = student(&sleep, 0.95).unwrap();
    close(interval.low, 0.700_114_2, 1e-6);
    close(interval.high, 2.459_885_8, 1e-6);
    close(p_value(&sleep, IntervalMethod::T), 0.002_833, 1e-6);
    for case in scipy()["student"].as_array().unwrap() {
        let differences = numbers(&case["differences"]);
        let interval = student(&differences, COMPUTED_LEVEL).unwrap();
        close(interval.low, case["low"].as_f64().unwrap(), 1e-10);
        close(interval.high, case["high"].as_f64().unwrap(), 1e-10);
        close(p_value(&differences, IntervalMethod::T), case["p"].as_f64().unwrap(), 1e-10);
    }
}

#[test]
fn a_clear_lead_is_a_claim_with_its_interval() {
    let told = Comparison::of(&pairs(&[2.38, 2.42, 2.41, 2.39, 2.40]), 1).unwrap();
    assert_eq!(
        (told.call, told.method, told.pairs, told.more_runs),
        (ComparisonCall::Larger, IntervalMethod::T, 5, None)
    );
    assert_eq!(told.to_string(), "2.40× (2.38–2.42)");
    assert!(told.p_value.unwrap() < 1e-6);
    assert_eq!(told.permutation_p, None, "of five pairs it can't be under 2 ÷ 32");
    let six = Comparison::of(&pairs(&[2.38, 2.42, 2.41, 2.39, 2.40, 2.40]), 1).unwrap();
    close(six.permutation_p.unwrap(), 2.0 / 64.0, 1e-12);
    assert_eq!(Comparison::of(&pairs(&[12.0; 9]), 1).unwrap().to_string(), "12.0× (12.0–12.0)");
}

#[test]
fn an_interval_is_written_with_digits_that_say_something() {
    let text = |ratio, low, high| factor(ratio, Some(ConfidenceInterval { low, high }));
    assert_eq!(text(2.414, 2.312, 2.517), "2.41× (2.31–2.52)");
    assert_eq!(text(1.01, 0.000_2, 6_113.57), "1.01× (no useful interval: too few or too varied runs)");
    assert_eq!(text(1.01, 0.0, 2.0), "1.01× (no useful interval: too few or too varied runs)");
    assert_eq!(text(3.0, 0.31, 29.0), "3.00× (0.31–29.0)");
    assert_eq!(text(1.002, 1.001_6, 1.002_3), "1.0020× (1.0016–1.0023)", "a claim is told from 1");
    assert_eq!(text(1.002, 0.98, 1.03), "1.00× (0.98–1.03)", "what is no claim needs no more digits");
    assert_eq!(text(0.015_3, 0.015_1, 0.015_5), "0.0153× (0.0151–0.0155)");
    assert_eq!(text(12.4, 11.9, 130.2), "12.4× (11.9–130)");
    assert_eq!(factor(2.05, None), "2.05×");
}

#[test]
fn four_pairs_claim_nothing() {
    let told = Comparison::of(&pairs(&[2.0, 2.1, 2.0, 2.1]), 1).unwrap();
    assert_eq!((told.call, told.interval, told.p_value, told.more_runs), (ComparisonCall::TooFew, None, None, Some(1)));
    assert_eq!(told.to_string(), "2.05×");
    assert_eq!(Comparison::of(&[], 1), None);
    assert_eq!(Comparison::of(&[(0.0, 1.0), (f64::NAN, 1.0)], 1), None, "no ratio");
}

#[test]
fn an_interval_around_one_is_too_close_and_says_how_many_more() {
    let ratios = [0.9, 1.1, 1.0, 1.05, 0.97, 1.1, 0.95, 1.02];
    let told = Comparison::of(&pairs(&ratios), 1).unwrap();
    assert_eq!((told.call, told.method), (ComparisonCall::TooClose, IntervalMethod::SignedRank));
    assert!(told.interval.unwrap().holds(1.0) && told.p_value.unwrap() > 0.05);
    let more = told.more_runs.unwrap();
    assert!((50..5_000).contains(&more), "{more}");
    assert_eq!(Comparison::of(&pairs(&[1.0; 6]), 1).unwrap().more_runs, None, "nothing differs");
    assert_eq!(Comparison::of(&pairs(&[1.0; 6]), 1).unwrap().call, ComparisonCall::TooClose);
}

#[test]
fn turned_round_it_says_the_same() {
    let forth: Vec<(f64, f64)> = (1..12_u32).map(|k| (f64::from(k * k % 7 + 9), f64::from(k % 5 + 6))).collect();
    let back: Vec<(f64, f64)> = forth.iter().map(|(a, b)| (*b, *a)).collect();
    let (forth, back) = (Comparison::of(&forth, 1).unwrap(), Comparison::of(&back, 1).unwrap());
    let turned = forth.turned();
    close(turned.ratio, back.ratio, 1e-12);
    close(turned.interval.unwrap().low, back.interval.unwrap().low, 1e-12);
    assert_eq!((turned.call, turned.more_runs), (back.call, back.more_runs));
    close(turned.p_value.unwrap(), back.p_value.unwrap(), 1e-12);
}

#[test]
fn the_recommended_number_of_runs_reaches_the_power() {
    // On normal differences of the observed spread, what is recommended must succeed 4 times in 5.
    let (spread, lead) = (0.05_f64, 0.03_f64);
    let logs = [lead - spread, lead + spread, lead - spread, lead + spread, lead];
    let more = more_runs(&logs, lead, IntervalMethod::SignedRank, ComparisonCall::TooClose).unwrap();
    let n = logs.len() + more as usize;
    let mut rng = fastrand::Rng::with_seed(11);
    let std = deviation(&logs).unwrap();
    let claims = (0..400).map(|_| {
        let logs: Vec<f64> = (0..n).map(|_| lead + std * normal_quantile(rng.f64().clamp(1e-9, 1.0 - 1e-9))).collect();
        f64::from(ComparisonCall::of(rank::interval(&logs, COMPUTED_LEVEL)) == ComparisonCall::Larger)
    });
    let power = claims.sum::<f64>() / 400.0;
    assert!((0.74..0.88).contains(&power), "{n} runs: {power}");
}

#[test]
fn the_calibration_holds_on_a_small_sample() {
    for n in [5, 8, 20] {
        for noise in RunNoise::ALL {
            let told =
                SimulatedStudy { noise, pairs: n, lead: 1.0, comparisons: 300, seed: 42, bootstrap: false }.run();
            // 300 comparisons leave ± 2.5 points at two standard errors around 95 %.
            assert!(told.false_claims <= 0.07, "{noise:?}, {n} pairs: {told:?}");
            assert!((0.93..=0.99).contains(&told.coverage), "{noise:?}, {n} pairs: {told:?}");
        }
    }
    let told =
        SimulatedStudy { noise: RunNoise::Calm, pairs: 20, lead: 1.10, comparisons: 200, seed: 42, bootstrap: false }
            .run();
    assert!(told.power > 0.9 && told.wrong_way < 0.01, "{told:?}");
}

#[test]
fn holms_correction_is_that_of_r() {
    // p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm") in R.
    for (corrected, expected) in holm(&[0.01, 0.04, 0.03, 0.005]).into_iter().zip([0.03, 0.06, 0.06, 0.02]) {
        close(corrected, expected, 1e-12);
    }
    assert_eq!(holm(&[]), [0.0; 0]);
}
