//! The file of measured durations: small, replaced atomically, readable by older and newer versions.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, process, thread};

use serde_json::{Map, Value, json};

const VERSION: u64 = 1;

/// The number of samples that are kept for each type and work.
const KEPT: usize = 25;

/// The age, relative to the newest sample, at which a sample has half the weight.
const HALF_LIFE: f64 = 30.0 * 24.0 * 3_600.0;

/// A measured duration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sample {
    /// Seconds since 1970.
    pub(super) at: i64,
    pub(super) seconds: f64,
}

/// `$PURLIN_CACHE`, else `$XDG_CACHE_HOME/purlin`, else `~/.cache/purlin`.
pub(super) fn file() -> Option<PathBuf> {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = set("PURLIN_CACHE")
        .or_else(|| set("XDG_CACHE_HOME").map(|folder| folder.join("purlin")))
        .or_else(|| set("HOME").map(|folder| folder.join(".cache/purlin")))?;
    Some(cache.join("durations.json"))
}

/// The samples in the file; none if it is absent or malformed.
pub(super) fn read(file: &Path) -> BTreeMap<String, Vec<Sample>> {
    let known = fs::read(file).ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    let Some(Value::Object(kept)) = known.filter(|it| it["v"] == VERSION).map(|mut it| it["seconds"].take()) else {
        return BTreeMap::new();
    };
    let samples = |samples: &Value| samples.as_array().into_iter().flatten().filter_map(sample).collect::<Vec<_>>();
    let kept = kept.into_iter().map(|(key, of)| (key, samples(&of)));
    kept.filter(|(_, samples)| !samples.is_empty()).collect()
}

/// Adds samples to the current ones of the file.
pub(super) fn add(file: &Path, news: &[(String, Sample)]) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let _lock = lock(&file.with_extension("lock"))?;
    let mut all = read(file);
    for (key, sample) in news {
        all.entry(key.clone()).or_default().push(*sample);
    }
    for samples in all.values_mut() {
        samples.sort_by_key(|it| it.at);
        samples.drain(..samples.len().saturating_sub(KEPT));
    }
    let whole = file.with_extension(format!("{}.tmp", process::id()));
    let written = File::create(&whole).and_then(|mut it| it.write_all(text(&all).as_bytes()));
    let moved = written.and_then(|()| fs::rename(&whole, file));
    if moved.is_err() {
        let _ = fs::remove_file(&whole);
    }
    moved
}

/// Samples with their weights: newer ones weigh more.
pub(super) fn weighed(samples: &[Sample]) -> Vec<(Duration, f64)> {
    let newest = samples.iter().map(|it| it.at).max().unwrap_or_default();
    let weight = |it: &Sample| 0.5_f64.powf(seconds(newest - it.at) / HALF_LIFE);
    samples.iter().map(|it| (Duration::from_secs_f64(it.seconds), weight(it))).collect()
}

/// The weighted quantile of the samples.
pub(super) fn quantile(weighed: &mut [(Duration, f64)], share: f64) -> Duration {
    weighed.sort_by_key(|(time, _)| *time);
    let wanted = share * weighed.iter().map(|(_, weight)| weight).sum::<f64>();
    let mut below = 0.0;
    let found = weighed.iter().find(|(_, weight)| {
        below += weight;
        below >= wanted
    });
    found.or(weighed.last()).map(|(time, _)| *time).unwrap_or_default()
}

fn sample(value: &Value) -> Option<Sample> {
    let seconds = value["s"].as_f64().filter(|it| (0.0..1e6).contains(it))?;
    Some(Sample { at: value["at"].as_i64()?, seconds })
}

fn text(all: &BTreeMap<String, Vec<Sample>>) -> String {
    let samples = |of: &Vec<Sample>| of.iter().map(|it| json!({"at": it.at, "s": it.seconds})).collect::<Vec<_>>();
    let seconds: Map<String, Value> = all.iter().map(|(key, of)| (key.clone(), json!(samples(of)))).collect();
    json!({"v": VERSION, "seconds": seconds}).to_string()
}

/// Locks the file against other processes, for a short time only.
fn lock(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
    for _ in 0..20 {
        if file.try_lock().is_ok() {
            return Ok(file);
        }
        thread::sleep(Duration::from_millis(25));
    }
    Err(io::Error::new(io::ErrorKind::WouldBlock, "another purlin writes it"))
}

#[expect(clippy::cast_precision_loss, reason = "an age in seconds is far below 2^52")]
fn seconds(age: i64) -> f64 {
    age as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_samples_count_less() {
        let month = 30 * 24 * 3_600;
        let sample = |months: i64, seconds: f64| Sample { at: months * month, seconds };
        let old = [sample(0, 10.0), sample(0, 10.0), sample(0, 10.0), sample(6, 90.0)];
        assert_eq!(quantile(&mut weighed(&old), 0.5), Duration::from_secs(90));
        let fresh = [sample(0, 10.0), sample(0, 10.0), sample(0, 10.0), sample(0, 90.0)];
        assert_eq!(quantile(&mut weighed(&fresh), 0.5), Duration::from_secs(10));
        assert_eq!(quantile(&mut [], 0.5), Duration::ZERO);
    }

    #[test]
    fn no_more_is_kept_than_is_used() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("durations.json");
        let news: Vec<(String, Sample)> =
            (0..40).map(|at| ("T create".to_owned(), Sample { at, seconds: 1.0 })).collect();
        add(&file, &news).unwrap();
        let kept = &read(&file)["T create"];
        assert_eq!((kept.len(), kept[0].at), (KEPT, 15));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "the file and its lock");
    }
}
