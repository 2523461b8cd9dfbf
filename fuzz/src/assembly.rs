//! Assemblies of any program, and the patterns that choose their stacks.

use std::fmt::Debug;
use std::fs;

use purlin_assembly::{Artifact, Assembly, AssetManifest, Manifest, check_patterns, to_json};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::parts;

/// Three manifests that can include each other, and a file that each can name.
pub(crate) fn manifest(data: &[u8]) {
    let Some([outer, inner, innermost, file]) = parts(data) else { return };
    same_again::<Manifest>(outer);
    let dir = tempfile::tempdir().expect("a folder can be made");
    for (folder, text) in [("", outer), ("a", inner), ("a/b", innermost)] {
        fs::create_dir_all(dir.path().join(folder)).expect("a folder can be made");
        fs::write(dir.path().join(folder).join("manifest.json"), text).expect("a file can be written");
        fs::write(dir.path().join(folder).join("f"), file).expect("a file can be written");
    }
    let Ok(assembly) = Assembly::read(dir.path()) else { return };
    let stacks: Vec<_> = assembly.stacks().iter().collect();
    for (index, needs) in assembly.needs(&stacks).iter().enumerate() {
        assert!(needs.iter().all(|needed| *needed < index), "a stack deploys before what it needs");
    }
    for stack in stacks {
        let found = assembly.select(&[stack.id()]).expect("a stack has its id");
        assert!(found.iter().any(|it| it.id() == stack.id()));
        assert!(assembly.with_upstream(&found).len() >= found.len());
        let _ = (stack.template(), stack.assets(), stack.messages(), stack.patches());
    }
}

/// An asset manifest.
pub(crate) fn assets(data: &[u8]) {
    let Some([text]) = parts(data) else { return };
    same_again::<AssetManifest>(text);
    same_again::<Artifact>(text);
}

/// What is read is written as the same.
fn same_again<T: DeserializeOwned + Serialize + PartialEq + Debug>(text: &str) {
    let Ok(read) = serde_json::from_str::<T>(text) else { return };
    let written = to_json(&read);
    let again = serde_json::from_slice(&written).expect("what was written can be read");
    assert_eq!(read, again, "{}", written.escape_ascii());
}

/// A pattern selects what a matcher selects that tries everything.
pub(crate) fn globs(data: &[u8]) {
    let Some([pattern, name]) = parts(data) else { return };
    // A path that no pattern is equal to: patterns select ids and names as well.
    let is_selected = check_patterns(&[pattern], &[[name, "\0", "\0"]]).is_ok();
    let (stars, size) = (pattern.matches('*').count(), name.len());
    if pattern != "\0" && stars <= 4 && size <= 40 {
        assert_eq!(is_selected, pattern == name || matches(pattern, name), "{pattern:?} on {name:?}");
    }
}

fn matches(pattern: &str, name: &str) -> bool {
    let after = |text: &'_ str| text.char_indices().nth(1).map_or(text.len(), |(at, _)| at);
    match (pattern.chars().next(), name.chars().next()) {
        (None, given) => given.is_none(),
        (Some('*'), given) => {
            let is_deep = pattern.starts_with("**");
            let goes_on = given.is_some_and(|letter| is_deep || letter != '/');
            matches(&pattern[1 + usize::from(is_deep)..], name) || goes_on && matches(pattern, &name[after(name)..])
        }
        (Some(wanted), Some(given)) => {
            (wanted == given || wanted == '?' && given != '/')
                && matches(&pattern[after(pattern)..], &name[after(name)..])
        }
        (Some(_), None) => false,
    }
}
