//! The usual durations of operations on resources: measured on this machine, or published.

mod history;
mod published;
mod work;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use history::Sample;

pub(crate) use work::Work;

/// With fewer samples, the published duration counts as one of them.
const ENOUGH: usize = 3;

/// The usual duration of an operation, with its range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Usual {
    pub(crate) quick: Duration,
    pub(crate) middle: Duration,
    pub(crate) slow: Duration,
}

/// The measured durations.
#[derive(Debug, Default)]
pub(crate) struct Durations {
    learned: BTreeMap<String, Vec<Sample>>,
    news: Vec<(String, Sample)>,
    /// The file of measured durations; none with an emulator, whose durations differ from those of AWS.
    file: Option<PathBuf>,
}

impl Durations {
    /// The durations measured on this machine, and the file for new ones.
    pub(crate) fn of_this_machine() -> Self {
        history::file().map_or_else(Self::default, Self::kept_in)
    }

    /// Published durations only; measured ones are not saved.
    pub(crate) fn published() -> Self {
        Self::default()
    }

    fn kept_in(file: PathBuf) -> Self {
        Self { learned: history::read(&file), news: Vec::new(), file: Some(file) }
    }

    /// The usual duration of an operation.
    pub(crate) fn usual(&self, resource_type: &str, work: Work) -> Usual {
        let published = Duration::from_secs(published::seconds(resource_type, work));
        let samples = self.learned.get(&key(resource_type, work)).map_or(&[][..], Vec::as_slice);
        let mut weighed = history::weighed(samples);
        if samples.len() < ENOUGH {
            // Taken as one measurement with a wide range.
            weighed.extend([0.7, 1.0, 1.5].map(|factor| (published.mul_f64(factor), 1.0)));
        }
        let at = |share: f64| history::quantile(&mut weighed.clone(), share);
        Usual { quick: at(0.2), middle: at(0.5), slow: at(0.8) }
    }

    /// Adds a measured duration.
    pub(crate) fn learn(&mut self, resource_type: &str, work: Work, took: Duration, at: i64) {
        if self.file.is_none() {
            return;
        }
        let sample = Sample { at: at / 1_000, seconds: took.as_secs_f64() };
        let key = key(resource_type, work);
        self.learned.entry(key.clone()).or_default().push(sample);
        self.news.push((key, sample));
    }

    /// Saves the measured durations. An error is ignored: they are only estimates.
    pub(crate) fn save(&mut self) {
        if let Some(file) = self.file.as_ref().filter(|_| !self.news.is_empty()) {
            let _ = history::add(file, &self.news);
            self.news.clear();
        }
    }
}

fn key(resource_type: &str, work: Work) -> String {
    // Custom resources with names of their own are functions too.
    let resource_type = if resource_type.starts_with("Custom::") { "Custom::" } else { resource_type };
    format!("{resource_type} {}", work.word())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVICE: &str = "AWS::ECS::Service";

    fn learned(file: PathBuf, seconds: &[u64]) -> Durations {
        let mut durations = Durations::kept_in(file);
        for (index, seconds) in seconds.iter().enumerate() {
            let at = 1_700_000_000_000 + i64::try_from(index).unwrap();
            durations.learn(SERVICE, Work::Create, Duration::from_secs(*seconds), at);
        }
        durations
    }

    #[test]
    fn what_was_seen_here_takes_the_place_of_what_was_published() {
        let folder = tempfile::tempdir().unwrap();
        let cases: [(&[u64], u64); 4] =
            [(&[], 119), (&[300], 119), (&[300, 300, 300], 300), (&[10, 20, 30, 40, 900], 30)];
        for (index, (seen, expected)) in cases.into_iter().enumerate() {
            let usual = learned(folder.path().join(index.to_string()), seen).usual(SERVICE, Work::Create);
            assert_eq!(usual.middle.as_secs(), expected, "{seen:?}");
            assert!(usual.quick <= usual.middle && usual.middle <= usual.slow, "{usual:?}");
        }
    }

    #[test]
    fn two_at_once_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cache/durations.json");
        let (mut one, mut other) = (learned(file.clone(), &[100, 110]), learned(file.clone(), &[120, 130]));
        one.save();
        other.save();
        other.save();
        let mut seen: Vec<String> =
            history::read(&file)["AWS::ECS::Service create"].iter().map(|it| it.seconds.to_string()).collect();
        seen.sort_unstable();
        assert_eq!(seen, ["100", "110", "120", "130"]);
    }

    #[test]
    fn a_broken_file_is_as_good_as_none() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("durations.json");
        for broken in ["", "{", "[]", r#"{"v":99,"seconds":{}}"#, r#"{"v":1,"seconds":{"x":[{"at":1,"s":-5}]}}"#] {
            std::fs::write(&file, broken).unwrap();
            assert!(Durations::kept_in(file.clone()).learned.values().all(Vec::is_empty), "{broken}");
        }
        learned(file.clone(), &[7]).save();
        assert_eq!(history::read(&file).len(), 1);
    }

    #[test]
    fn an_emulator_teaches_nothing() {
        let mut durations = Durations::published();
        durations.learn(SERVICE, Work::Create, Duration::from_secs(1), 0);
        durations.save();
        assert_eq!(durations.usual(SERVICE, Work::Create).middle.as_secs(), 119);
    }
}
