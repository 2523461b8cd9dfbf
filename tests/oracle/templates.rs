//! Golden templates and our YAML before cfn-lint.

use std::fs;
use std::process::Command;

use purlin_template::{Template, load, to_yaml};
use serde_json::{Value, json};

use super::lint;
use crate::house::{root, walk};
use crate::programs::succeed;
use crate::tools::cfn_lint;

#[test]
fn cfn_lint_finds_no_error_in_the_golden_templates() {
    let folder = tempfile::tempdir().unwrap();
    let mut snapshots = Vec::new();
    for place in ["crates", "tests", "stacks"] {
        walk(&root().join(place), "snap", &mut snapshots);
    }
    let mut files = Vec::new();
    for (index, snapshot) in snapshots.iter().enumerate() {
        let text = fs::read_to_string(snapshot).unwrap();
        let Some(template) = content(&text).and_then(|content| load(content).ok()) else { continue };
        if Template::from_document(template.clone()).is_ok_and(|template| !template.resources().is_empty()) {
            let name = snapshot.file_stem().unwrap().to_string_lossy().into_owned();
            let file = folder.path().join(format!("{index:03}-{name}.yaml"));
            fs::write(&file, to_yaml(&template.to_json())).unwrap();
            files.push(file);
        }
    }
    assert!(!files.is_empty(), "no golden snapshot holds a template");
    lint(&files, "error");
}

#[test]
fn another_reader_understands_our_yaml_alike() {
    let words = [
        "no",
        "y",
        "on",
        "~",
        "null",
        "2012-10-17",
        "012345678901",
        "0123",
        "1e3",
        "0x1f",
        "22:22",
        "1_000",
        ".inf",
        "",
        " a ",
        "a: b",
        "a #b",
        "- a",
        "*a",
        "&a",
        "!Ref a",
        "%a",
        "@a",
        "`a`",
        "{a",
        "[a",
        "'a'",
        "\"a\"",
        "|",
        ">-",
        "---",
        "...",
        "=",
        "<<",
        "a\tb",
        "a\r\nb",
        "a\nb",
        "a\n\n",
        "\na",
        " a\nb",
        "a\n \nb",
        "\u{7f}",
        "\u{85}",
        "\u{2028}",
        "\u{feff}",
        "é😀",
        "AWS::Region",
    ];
    let functions = json!([
        {"Ref": "A"}, {"Fn::GetAtt": ["A", "B.C"]}, {"Fn::Sub": "a: ${B}\n"}, {"Fn::Base64": {"Fn::Sub": "#!/bin/sh\n"}},
        {"Fn::Join": ["", ["no", {"Fn::Select": [0, {"Fn::GetAZs": ""}]}]]}, {"Fn::If": ["A", 1, {"Ref": "AWS::NoValue"}]}, [[1, -2.5], [], {}],
    ]);
    let mut value = json!({"words": words.to_vec(), "functions": functions});
    for word in words {
        value["keys"][word] = json!({word: [word]});
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("words.yaml");
    fs::write(&file, to_yaml(&value)).unwrap();
    let python = cfn_lint().with_file_name("python");
    let output = succeed(Command::new(python).arg(root().join("tests/oracle/reads.py")).arg(file));
    let read: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(read, json!([value]), "{}", to_yaml(&value));
}

/// What a snapshot holds below its header.
fn content(snapshot: &str) -> Option<&str> {
    snapshot.strip_prefix("---\n")?.split_once("\n---\n").map(|(_, content)| content)
}
