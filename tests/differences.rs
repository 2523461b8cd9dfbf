//! Compares `docs/cdk-differences.md` with the tests: each row names the tests that hold it, and each test has its row.

use std::collections::BTreeSet;
use std::fs;

use crate::house::{root, sources};

/// The number of a row, and a file that the row names.
type Claims = BTreeSet<(u32, String)>;

/// What the table says.
fn claimed() -> Claims {
    let page = fs::read_to_string(root().join("docs/cdk-differences.md")).expect("the page is in the repository");
    let mut claims = Claims::new();
    for line in page.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let Ok(number) = cells[0].parse() else { continue };
        assert_eq!(cells.len(), 5, "row {number} has {} cells", cells.len());
        let files: Vec<&str> = cells[4].split('`').skip(1).step_by(2).collect();
        assert!(!files.is_empty(), "row {number} names no test");
        let path = |file: &str| if file.starts_with("crates/") { file.to_owned() } else { format!("tests/{file}") };
        claims.extend(files.into_iter().map(|file| (number, path(file))));
    }
    claims
}

#[test]
fn every_row_names_its_tests_and_every_test_has_its_row() {
    let (cases, tests): (Claims, Claims) = claimed().into_iter().partition(|(_, file)| file.contains("/misuse/"));
    for (number, case) in cases {
        assert!(root().join(&case).exists(), "row {number} names `{case}`, which does not exist");
    }
    let mut named = Claims::new();
    for source in sources() {
        let numbers = source.text.split("fn cdk_").skip(1).filter_map(|rest| rest.split('_').next()?.parse().ok());
        named.extend(numbers.map(|number| (number, source.path.clone())));
    }
    let without_row: Vec<_> = named.difference(&tests).collect();
    let without_test: Vec<_> = tests.difference(&named).collect();
    assert!(without_row.is_empty(), "tests `cdk_N_..` without a row: {without_row:?}");
    assert!(without_test.is_empty(), "rows without a test `cdk_N_..` in the file they name: {without_test:?}");
}

#[test]
fn rows_are_numbered_without_a_gap() {
    let numbers: BTreeSet<u32> = claimed().into_iter().map(|(number, _)| number).collect();
    assert_eq!(numbers, (1..=36).collect());
}
