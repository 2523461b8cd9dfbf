//! Replays the committed inputs, and what fuzzing found once, in every test run and without a fuzzer.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops where it stands")]

use std::fs;
use std::path::{Path, PathBuf};

use purlin_fuzz::TARGETS;

fn inputs(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn every_input_keeps_its_property() {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let names = inputs(&corpora).into_iter().map(|it| it.file_name().unwrap().to_str().unwrap().to_owned());
    let targets: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
    assert_eq!(names.collect::<Vec<_>>(), targets, "each target has a corpus, and each corpus a target");
    for target in TARGETS {
        let files = inputs(&corpora.join(target.name));
        assert!((1..=20).contains(&files.len()), "`{}` has {} inputs: keep them few", target.name, files.len());
        for file in files {
            let data = fs::read(&file).unwrap();
            assert!(data.len() < 16 << 10, "{} is large", file.display());
            // The file of a failure is the last line of its output.
            println!("{}", file.display());
            (target.run)(&data);
        }
    }
}
