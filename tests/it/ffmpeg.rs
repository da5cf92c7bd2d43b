//! Films that ffmpeg has a part in, read back by ffmpeg: the sound in them, masters to the last bit, what is seen through.
//! A step of its own, since it needs an ffmpeg: `cargo test --test it ffmpeg:: -- --ignored`.

use std::path::Path;
use std::process::Command;

use crate::program::Home;

const RATE: usize = 48_000;

fn bundled() -> String {
    format!("{}/recordings/close-finish-sim.race", env!("CARGO_MANIFEST_DIR"))
}

/// What ffmpeg makes of `path` with these arguments, as bytes.
fn decoded(before: &[&str], path: &str, after: &[&str]) -> Vec<u8> {
    let fixed = ["-hide_banner", "-loglevel", "error"];
    let output =
        Command::new("ffmpeg").args(fixed).args(before).args(["-i", path]).args(after).arg("-").output().unwrap();
    assert!(output.status.success(), "{path}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// The samples of the left side of `path`.
fn left(path: &str) -> Vec<f64> {
    let bytes = decoded(&[], path, &["-map", "0:a", "-f", "s16le", "-ar", "48000", "-ac", "2"]);
    bytes.chunks_exact(4).map(|frame| f64::from(i16::from_le_bytes([frame[0], frame[1]]))).collect()
}

/// How alike two sounds are when one is moved by `lag` samples: 1 for the same.
fn likeness(a: &[f64], b: &[f64], lag: isize) -> f64 {
    let at = |index: usize| index.checked_add_signed(lag).and_then(|index| b.get(index)).copied().unwrap_or(0.0);
    let product: f64 = a.iter().enumerate().map(|(index, value)| value * at(index)).sum();
    let power = |all: &[f64]| all.iter().map(|value| value * value).sum::<f64>().sqrt();
    product / (power(a) * power(b))
}

/// Films of the same race, one for each ending.
fn export(home: &Home, to: &[&str], rest: &[&str]) -> Vec<String> {
    let paths: Vec<String> = to.iter().map(|name| format!("{}/{name}", home.path().display())).collect();
    let race = bundled();
    let mut args = vec!["export", &race, "--cells", "60x16", "--fps", "20", "--speed", "0.5", "--to"];
    args.extend(paths.iter().map(String::as_str));
    args.extend(rest);
    home.run(&args).says(0, &[]);
    paths
}

/// A home in which ffmpeg is found.
fn home() -> Home {
    Home::new().with("PATH", std::env::var("PATH").unwrap_or_default())
}

#[test]
#[ignore = "needs ffmpeg; a step of its own"]
fn the_sound_is_in_the_film_and_at_its_moment() {
    let home = home();
    let paths = export(&home, &["a.wav", "a.mp4", "a.webm", "a.mkv"], &["--sound"]);
    let truth = left(&paths[0]);
    assert!(truth.iter().any(|sample| sample.abs() > 3_000.0));
    for (path, least) in paths[1..].iter().zip([0.98, 0.98, 0.999_999]) {
        let heard = left(path);
        // A millisecond is what an encoder may be off; ten are what nobody notices.
        let step = RATE / 8_000;
        let lags = (-80..=80).map(|lag: isize| lag * isize::try_from(step).unwrap());
        let best = lags.map(|lag| (likeness(&truth, &heard, lag), lag)).max_by(|a, b| a.0.total_cmp(&b.0)).unwrap();
        assert!(best.0 > least && best.1.unsigned_abs() <= RATE / 100, "{path}: {best:?}");
        let (longer, shorter) = (truth.len().max(heard.len()), truth.len().min(heard.len()));
        assert!(longer - shorter <= RATE / 20, "{path}: {} samples of {}", heard.len(), truth.len());
    }
    assert!(!Path::new(&paths[1]).with_extension("wav.part").exists());
}

#[test]
#[ignore = "needs ffmpeg; a step of its own"]
fn a_master_is_the_frames_to_the_last_bit() {
    let home = home();
    let paths = export(&home, &["frames/", "a.mkv"], &["--until", "3%"]);
    let raw = ["-f", "rawvideo", "-pix_fmt", "rgb24"];
    let frames = decoded(&[], &format!("{}frame-%06d.png", paths[0]), &raw);
    assert!(frames.len() > 1_000_000 && frames == decoded(&[], &paths[1], &raw), "the same pixels");
    // Their colours go through another space and back, which costs a step or two of 255.
    let paths = export(&home, &["a.mp4", "a.webm"], &["--until", "3%", "--master"]);
    for path in paths {
        let made = decoded(
            &[],
            &path,
            &["-vf", "scale=in_color_matrix=bt709:in_range=tv", "-f", "rawvideo", "-pix_fmt", "rgb24"],
        );
        assert_eq!(made.len(), frames.len(), "{path}");
        let worst = made.iter().zip(&frames).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
        assert!(worst <= 4, "{path}: {worst} of 255");
    }
}

#[test]
#[ignore = "needs ffmpeg; a step of its own"]
fn what_is_seen_through_is_seen_through() {
    let home = home();
    let paths = export(&home, &["frames/", "a.mkv", "a.webm"], &["--until", "3%", "--transparent"]);
    let alpha = ["-vf", "alphaextract", "-f", "rawvideo", "-pix_fmt", "gray"];
    let truth = decoded(&[], &format!("{}frame-%06d.png", paths[0]), &alpha);
    assert!(truth.contains(&0) && truth.contains(&255));
    assert!(truth == decoded(&[], &paths[1], &alpha), "FFV1 keeps it to the bit");
    let webm = decoded(&["-c:v", "libvpx-vp9"], &paths[2], &alpha);
    assert_eq!(webm.len(), truth.len());
    let off: u64 = webm.iter().zip(&truth).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    let mean =
        f64::from(u32::try_from(off / 1_000).unwrap()) * 1_000.0 / f64::from(u32::try_from(truth.len()).unwrap());
    assert!(mean < 1.5, "{mean} of 255 on average");
}
