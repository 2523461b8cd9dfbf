//! An assembly can come from anywhere: whatever is in it ends in stacks or in an error that says what is wrong, quickly,
//! never in a crash, a hang or a full memory.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops where it stands")]

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use purlin_assembly::{Assembly, AssemblyError, read_file, read_text};

/// A folder, and those that its assembly includes.
type Folder = (&'static str, &'static [&'static str]);

const STACK: &str = r#""type":"aws:cloudformation:stack","environment":"aws://1/r","properties":{"templateFile":"t"}"#;

fn written(folder: &Path, text: &str) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("manifest.json"), text).unwrap();
}

fn read(manifest: &str) -> Result<Assembly, AssemblyError> {
    let dir = tempfile::tempdir().unwrap();
    written(dir.path(), manifest);
    Assembly::read(dir.path())
}

/// Stacks by number, each after these.
fn stacks(count: usize, needs: impl Fn(usize) -> std::ops::Range<usize>) -> String {
    let mut text = r#"{"version":"1.0.0","artifacts":{"#.to_owned();
    for index in 0..count {
        let needs: Vec<String> = needs(index).map(|it| format!("\"S{it}\"")).collect();
        let comma = if index == 0 { "" } else { "," };
        write!(text, "{comma}\"S{index}\":{{{STACK},\"dependencies\":[{}]}}", needs.join(",")).unwrap();
    }
    text + "}}"
}

#[test]
fn long_chains_and_dense_dependencies_take_a_moment() {
    let begun = std::time::Instant::now();
    // `S0` needs `S1` and so on, so that the first that is read is the last that deploys.
    let chain = read(&stacks(6000, |it| it + 1..(it + 2).min(6000))).unwrap();
    assert_eq!(chain.stacks().first().map(purlin_assembly::Stack::id), Some("S5999"));
    assert_eq!(chain.with_upstream(&chain.select(&["S0"]).unwrap()).len(), 6000);
    assert_eq!(chain.with_downstream(&chain.select(&["S5990"]).unwrap()).len(), 5991);

    let dense = read(&stacks(1500, |it| 0..it)).unwrap();
    let all: Vec<_> = dense.stacks().iter().collect();
    assert_eq!(dense.with_upstream(&dense.select(&["S700"]).unwrap()).len(), 701);
    assert_eq!(dense.with_downstream(&dense.select(&["S700"]).unwrap()).len(), 800);
    let needs = dense.needs(&all);
    assert!(needs.iter().enumerate().all(|(index, needs)| needs.len() == index));
    let ends = [all[0], all[1499]];
    assert_eq!(dense.needs(&ends)[1].iter().collect::<Vec<_>>(), [&0], "also through stacks that are not chosen");
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}

#[test]
fn assemblies_that_include_each_other_are_refused() {
    let nested =
        |folder: &str| format!(r#"{{"type":"cdk:cloud-assembly","properties":{{"directoryName":"{folder}"}}}}"#);
    let including = |folders: &[&str]| {
        let all: Vec<String> =
            folders.iter().enumerate().map(|(index, it)| format!("\"N{index}\":{}", nested(it))).collect();
        format!(r#"{{"version":"1.0.0","artifacts":{{{}}}}}"#, all.join(","))
    };
    let cases: [(&[Folder], &str); 4] = [
        (&[("", &["."])], "is included twice"),
        (&[("", &["a"]), ("a", &["../b"]), ("b", &["../a"])], "is included twice"),
        (&[("", &["a", "b"]), ("a", &["../c"]), ("b", &["../c"]), ("c", &[])], "is included twice"),
        (&[("", &["gone"])], "there is no cloud assembly"),
    ];
    for (folders, expected) in cases {
        let dir = tempfile::tempdir().unwrap();
        for (folder, inner) in folders {
            written(&dir.path().join(folder), &including(inner));
        }
        let error = Assembly::read(dir.path()).unwrap_err().to_string();
        assert!(error.contains(expected), "{folders:?}: {error}");
    }
    let dir = tempfile::tempdir().unwrap();
    let mut folder = dir.path().to_owned();
    for _ in 0..200 {
        written(&folder, &including(&["n"]));
        folder.push("n");
    }
    written(&folder, r#"{"version":"1.0.0"}"#);
    let error = Assembly::read(dir.path()).unwrap_err().to_string();
    assert!(error.contains("at most 64 stages"), "{error}");
}

#[test]
fn manifests_of_another_world_are_refused() {
    let deep = format!(r#"{{"version":"1.0.0","artifacts":{}1{}"#, "[".repeat(100_000), "]".repeat(100_000));
    let cases = [
        (r#"{"version":"999.0.0"}"#, "`version` `999.0.0`, and at most 55 is read"),
        (r#"{"version":"56.0.0","minimumCliVersion":"2.2000.0"}"#, "`version` `56.0.0`"),
        (r#"{"version":"banana"}"#, "`version` `banana`"),
        (r#"{"version":""}"#, "`version` ``"),
        (r#"{"version":"36.0.0","minimumCliVersion":"99.0.0"}"#, "`minimumCliVersion` `99.0.0`, and at most 2 is read"),
        (r#"{"version":"36.0.0","minimumCliVersion":"soon"}"#, "`minimumCliVersion` `soon`"),
        (r#"{"version":"1.0.0","artifacts":{"A":{"type":"x"},"A":{"type":"y"}}}"#, "`A` is there twice at line 1"),
        (r#"{"version":"1.0.0","artifacts":{"A":{"type":"x","type":"y"}}}"#, "`type` is there twice"),
        (r#"{"version":"1.0.0","artifacts":{"A":{"type":"x","properties":{"a":1,"a":2}}}}"#, "`a` is there twice"),
        (r#"{"version":"1.0.0","artifacts":{"A":{"type":"x","dependencies":["A"]}}}"#, "`A` -> `A`"),
        ("\u{feff}{}", "begins with a byte order mark"),
        ("", "EOF while parsing"),
        (deep.as_str(), "recursion limit"),
    ];
    for (manifest, expected) in cases {
        let error = read(manifest).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    for version in ["0.0.0", "55.9.1", "36.0.0-rc.1"] {
        read(&format!(r#"{{"version":"{version}","minimumCliVersion":"2.9999.0"}}"#)).unwrap();
    }
}

#[test]
#[cfg(unix)]
fn what_is_no_file_is_not_read() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    assert!(Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
    std::os::unix::fs::symlink("/dev/zero", at("zero")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
    fs::create_dir(at("folder")).unwrap();
    File::create(at("sparse")).unwrap().set_len(1 << 30).unwrap();
    fs::write(at("bytes"), [b'a', 0xff]).unwrap();
    fs::write(at("mark"), "\u{feff}{}").unwrap();
    let cases = [
        ("pipe", "it is a pipe, socket or device, not a file"),
        ("zero", "it is a pipe, socket or device, not a file"),
        ("socket", "it is a pipe, socket or device, not a file"),
        ("folder", "it is a folder, not a file"),
        ("sparse", "it has 1073741824 bytes; at most 1000 are read"),
        ("bytes", "it is not UTF-8 from byte 1 on"),
        ("mark", "it begins with a byte order mark"),
    ];
    for (name, expected) in cases {
        let error = read_text(&at(name), 1000).unwrap_err().to_string();
        assert!(error.contains(expected), "{name}: {error}");
    }
    assert_eq!(read_file(&at("bytes"), 2).unwrap(), [b'a', 0xff]);
    // The same holds for each file that an assembly names.
    for name in ["pipe", "zero", "folder", "sparse"] {
        let place = at(&format!("as-manifest-{name}"));
        fs::create_dir(&place).unwrap();
        std::os::unix::fs::symlink(at(name), place.join("manifest.json")).unwrap();
        assert!(matches!(Assembly::read(&place), Err(AssemblyError::Read { .. })), "{name}");

        let place = at(&format!("as-others-{name}"));
        let assets = format!(r#""A":{{"type":"cdk:asset-manifest","properties":{{"file":"{name}"}}}}"#);
        let stack = STACK.replace("\"t\"", &format!("\"{name}\""));
        let artifacts = format!("{assets},\"S\":{{{stack},\"dependencies\":[\"A\"]}}");
        written(&place, &format!(r#"{{"version":"1.0.0","artifacts":{{{artifacts}}}}}"#));
        fs::rename(at(name), place.join(name)).unwrap();
        let assembly = Assembly::read(&place).unwrap();
        let stack = &assembly.stacks()[0];
        // The device is reached by a link.
        let is_refused = |error: AssemblyError| match error {
            AssemblyError::OutsideAssembly { .. } => name == "zero",
            AssemblyError::Read { .. } => name != "zero",
            _ => false,
        };
        assert!(stack.template().is_err_and(is_refused), "{name}");
        assert!(stack.assets().is_err_and(is_refused), "{name}");
    }
}
