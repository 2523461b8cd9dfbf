//! Evidence of a failure, which may come from another machine.

use std::fs;
use std::path::Path;

use purlin_diagnosis::{Evidence, diagnose};

use crate::parts;

/// What a secret stands for in an input.
const PLACE: &str = "SECRET";
const SECRET: &str = "Tr0ub4dor&3-x9Q";

/// A folder that is read is written without the secret, and can be read again.
pub(crate) fn evidence(data: &[u8]) {
    let Some([summary, events, changes, template]) = parts(data) else { return };
    let dir = tempfile::tempdir().expect("a folder can be made");
    let files = [("summary", summary), ("events", events), ("changes", changes), ("template", template)];
    for (name, text) in files {
        let file = dir.path().join(format!("{name}.json"));
        fs::write(file, text.replace(PLACE, SECRET)).expect("a file can be written");
    }
    let Ok(evidence) = Evidence::read(dir.path()) else { return };
    let _ = diagnose(&evidence.events);
    let written = evidence.write(&dir.path().join("new"), &[SECRET.to_owned()]).expect("evidence can be written");
    Evidence::read(&written).expect("what was written can be read");
    for (name, _) in files {
        let text = text_of(&written.join(format!("{name}.json")));
        assert!(!text.contains(SECRET), "{text}");
    }
}

fn text_of(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}
