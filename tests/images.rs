//! Images start where they are deployed: they have certificates for TLS, run without root, and are built from pinned bases.
//! Tests on this machine use its certificates and plain http, so only the Dockerfiles show what an image lacks.

use std::fs;
use std::path::Path;

use crate::house::root;

/// The file in which rustls and OpenSSL look for certificates.
const CERTIFICATES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// What a Dockerfile lacks.
fn faults(dockerfile: &str) -> Vec<String> {
    let mut faults = Vec::new();
    // Each stage: its base, its name, and its other instructions.
    let mut stages: Vec<(String, String, Vec<Vec<String>>)> = Vec::new();
    let lines: Vec<&str> = dockerfile.lines().filter(|line| !line.trim_start().starts_with('#')).collect();
    for instruction in lines.join("\n").replace("\\\n", " ").lines() {
        let words: Vec<String> = instruction.split_whitespace().map(str::to_owned).collect();
        match words.first().map(|word| word.to_ascii_uppercase()).as_deref() {
            Some("FROM") => {
                let names: Vec<&String> = words[1..].iter().filter(|word| !word.starts_with("--")).collect();
                let name = names.get(2).map_or(String::new(), |name| (*name).clone());
                let is_stage = stages.iter().any(|(_, stage, _)| stage == names[0]);
                if names[0] != "scratch" && !is_stage && !names[0].contains(':') || names[0].ends_with(":latest") {
                    faults.push(format!("`{}` has no version", names[0]));
                }
                stages.push((names[0].clone(), name, Vec::new()));
            }
            Some(_) => stages.last_mut().into_iter().for_each(|(.., all)| all.push(words.clone())),
            None => (),
        }
    }
    let Some((base, _, last)) = stages.last() else { return vec!["there is no stage".to_owned()] };
    let user = last.iter().rfind(|words| words[0].eq_ignore_ascii_case("USER")).and_then(|words| words.get(1));
    let id = user.and_then(|user| user.split(':').next()?.parse::<u32>().ok());
    if id.is_none_or(|id| id == 0) {
        faults.push("it runs as root, or as a name that ECS cannot tell from root".to_owned());
    }
    let source = last.iter().filter(|words| words[0].eq_ignore_ascii_case("COPY")).find_map(|words| {
        let is_file = words.iter().filter(|word| *word == CERTIFICATES).count() == 2;
        words.iter().find_map(|word| word.strip_prefix("--from=")).filter(|_| is_file)
    });
    let installs =
        |words: &Vec<String>| words[0].eq_ignore_ascii_case("RUN") && words.iter().any(|it| it == "ca-certificates");
    let is_there = stages.iter().any(|(_, name, all)| Some(name.as_str()) == source && all.iter().any(installs));
    if base == "scratch" && !is_there {
        faults.push("it has no certificates for TLS".to_owned());
    }
    faults
}

#[test]
fn images_have_certificates_no_root_and_pinned_bases() {
    let mut found = Vec::new();
    dockerfiles(root(), &mut found);
    assert_eq!(found.len(), 4, "the images of the apps: {found:?}");
    for (path, text) in found {
        assert_eq!(faults(&text), [""; 0], "{path}");
    }
}

#[test]
fn faults_of_images_are_noticed() {
    let build = "FROM alpine:3 AS b\nRUN apk add \\\n  ca-certificates\n";
    let copy = format!("COPY --from=b {CERTIFICATES} {CERTIFICATES}\n");
    let (root, roots, version) = ("it runs as root, or", "it has no certificates", "has no version");
    let cases: [(String, &[&str]); 12] = [
        (format!("{build}FROM scratch\n{copy}USER 1:1\n"), &[]),
        (format!("{build}from scratch\n{copy}user 65532\n"), &[]),
        ("FROM alpine:3\nUSER 1\n".to_owned(), &[]),
        (format!("{build}FROM b\nUSER 1\n"), &[]),
        (format!("{build}FROM scratch\nUSER 1\n"), &[roots]),
        (format!("{build}FROM scratch\n# {copy}USER 1\n"), &[roots]),
        (format!("{build}{copy}FROM scratch\nUSER 1\n"), &[roots]),
        (format!("FROM alpine:3 AS b\nFROM scratch\n{copy}USER 1\n"), &[roots]),
        (format!("{build}USER 1\nFROM scratch\n{copy}"), &[root]),
        (format!("{build}FROM scratch\n{copy}USER 1\nUSER 0:0\n"), &[root]),
        (format!("{build}FROM scratch\n{copy}USER root\n"), &[root]),
        ("FROM alpine\nFROM alpine:latest\n".to_owned(), &[version, version, root]),
    ];
    for (dockerfile, expected) in cases {
        let found = faults(&dockerfile);
        let is_expected = found.iter().zip(expected).all(|(fault, part)| fault.contains(part));
        assert!(is_expected && found.len() == expected.len(), "{found:?}: {dockerfile}");
    }
}

/// Every Dockerfile of the repository, with its text.
fn dockerfiles(folder: &Path, into: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        let is_skipped = name.starts_with('.') || ["target", "node_modules", "purlin.out"].contains(&name.as_str());
        if path.is_dir() && !is_skipped {
            dockerfiles(&path, into);
        } else if name.ends_with("Dockerfile") || name.starts_with("Dockerfile.") && !name.ends_with(".dockerignore") {
            into.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
        }
    }
}
