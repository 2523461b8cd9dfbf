//! Same input, same bytes: two processes write the same assembly, and a second run over the first changes nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::programs::{assembly, synthesize};

#[test]
fn two_processes_write_the_same_bytes() {
    let other = tempfile::tempdir().unwrap();
    synthesize(other.path());
    assert_same(assembly(), other.path());
}

#[test]
fn writing_over_an_assembly_leaves_nothing_of_the_old() {
    let folder = tempfile::tempdir().unwrap();
    synthesize(folder.path());
    synthesize(folder.path());
    assert_same(assembly(), folder.path());
}

#[track_caller]
fn assert_same(one: &Path, other: &Path) {
    let (one, other) = (files(one, one), files(other, other));
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (path, bytes) in &one {
        let (left, right) = (String::from_utf8_lossy(bytes), String::from_utf8_lossy(&other[path]));
        assert!(left == right, "`{path}` differs:\n{left}\n{right}");
    }
}

/// Every file below `folder` with its bytes.
fn files(top: &Path, folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("the assembly was written").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(top, &path));
        } else {
            let name = path.strip_prefix(top).expect("it lies below").to_string_lossy().into_owned();
            found.insert(name, fs::read(&path).expect("it was just listed"));
        }
    }
    found
}
