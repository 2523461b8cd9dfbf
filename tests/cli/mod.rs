//! Transcripts of commands: each case is a folder with the commands, the files, and the transcript.
//!
//! `cases/NAME/cmd` holds one command per line, words separated by spaces, `NAME=value` in front for the environment,
//! `> FILE` at the end for what goes to stdout.
//! `cases/NAME/in/` is copied to the folder the commands run in. `cases/NAME/transcript.snap` is what they wrote:
//! review it with `cargo insta review`. Besides `stacks` and `purlin` there are `files` (lists a folder) and `show FILE`.

mod folders;

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Output;

use purlin_template::load;

use crate::house::root;
use crate::programs::{command, purlin, stacks, succeed};

#[test]
fn transcripts() {
    let cases = root().join("tests/cli/cases");
    let mut folders: Vec<_> = fs::read_dir(&cases).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    assert!(!folders.is_empty(), "`{}` holds no cases", cases.display());
    for case in folders {
        let transcript = run(&case);
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(&case);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.set_description(fs::read_to_string(case.join("cmd")).unwrap().trim());
        settings.bind(|| insta::assert_snapshot!("transcript", transcript));
    }
}

#[test]
fn an_app_runs_every_command_of_the_toolkit() {
    let folder = tempfile::tempdir().unwrap();
    let help = succeed(command(purlin(), folder.path()).arg("--help")).stdout;
    let help = String::from_utf8(help).unwrap();
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    // A long text continues on the next line, indented.
    let lines = lines.filter(|line| !line.starts_with("   "));
    let names: Vec<&str> = lines.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.contains(&"deploy"), "{help}");
    for name in names {
        succeed(command(stacks(), folder.path()).env("PURLIN", purlin()).args([name, "--help"]));
    }
}

#[test]
fn the_printed_template_is_the_written_one() {
    let folder = tempfile::tempdir().unwrap();
    let print = |more: &[&str]| {
        let mut command = command(stacks(), folder.path());
        command.args(["synth", "CognitoAlbFargate"]).args(more).current_dir(folder.path());
        String::from_utf8(succeed(&mut command).stdout).unwrap()
    };
    let (yaml, json) = (print(&[]), print(&["--json"]));
    let written = fs::read_to_string(folder.path().join("purlin.out/CognitoAlbFargate.template.json")).unwrap();
    assert_eq!(json.trim_end(), written.trim_end());
    assert_eq!(load(&yaml).unwrap().to_json(), load(&written).unwrap().to_json());
}

/// Runs the commands of a case in a copy of its files.
fn run(case: &Path) -> String {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("work");
    copy(&case.join("in"), &folder);
    let mut transcript = String::new();
    for line in fs::read_to_string(case.join("cmd")).expect("a case has a `cmd`").lines() {
        writeln!(transcript, "$ {line}").expect("writing to a string does not fail");
        let words: Vec<&str> = line.split_whitespace().collect();
        let variables = words.iter().take_while(|word| word.contains('=') && !word.starts_with('-')).count();
        let (variables, words) = words.split_at(variables);
        let (program, arguments) = words.split_first().expect("a line names a program");
        match *program {
            "files" => list(&folder, &folder, &mut transcript),
            "show" => transcript.push_str(&fs::read_to_string(folder.join(arguments[0])).expect("`show` names a file")),
            "stacks" | "purlin" => {
                let program = if *program == "stacks" { stacks() } else { purlin() };
                let (arguments, file) = match arguments {
                    [arguments @ .., ">", file] => (arguments, Some(folder.join(file))),
                    all => (all, None),
                };
                let mut command = command(program, place.path());
                command.env("PURLIN", purlin()).envs(variables.iter().filter_map(|word| word.split_once('=')));
                let mut output =
                    command.args(arguments).current_dir(&folder).output().expect("the program was just built");
                if let Some(file) = file {
                    fs::write(file, std::mem::take(&mut output.stdout)).unwrap();
                }
                write_output(&mut transcript, &output);
            }
            other => panic!("`{other}` in `{}` is none of `stacks`, `purlin`, `files`, `show`", case.display()),
        }
    }
    normal(&transcript, place.path())
}

fn write_output(transcript: &mut String, output: &Output) {
    transcript.push_str(&String::from_utf8_lossy(&output.stdout));
    for line in String::from_utf8_lossy(&output.stderr).lines() {
        writeln!(transcript, "! {line}").expect("writing to a string does not fail");
    }
    if let Some(code) = output.status.code().filter(|code| *code != 0) {
        writeln!(transcript, "exit {code}").expect("writing to a string does not fail");
    }
}

/// Replaces what differs between machines and runs: folders, durations, lines of the reference stacks.
fn normal(transcript: &str, place: &Path) -> String {
    let place = place.canonicalize().unwrap_or_else(|_| place.to_owned());
    let text = transcript
        .replace(&*place.join("work").to_string_lossy(), "[WORK]")
        .replace(&*place.to_string_lossy(), "[HOME]")
        .replace(&*root().to_string_lossy(), "[ROOT]");
    text.split_inclusive('\n').map(|line| without_lines(&without_durations(line))).collect()
}

/// `in 0.31 s` → `in [TIME]`.
fn without_durations(line: &str) -> String {
    let Some((before, after)) = line.rsplit_once(" in ") else { return line.to_owned() };
    let is_duration = after.starts_with(|c: char| c.is_ascii_digit()) && after.trim_end().ends_with('s');
    if is_duration { format!("{before} in [TIME]\n") } else { line.to_owned() }
}

/// `stacks/src/lib.rs:12:5` → `stacks/src/lib.rs:[LINE]`.
fn without_lines(line: &str) -> String {
    let Some((before, after)) = line.split_once(".rs:") else { return line.to_owned() };
    let rest = after.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':');
    format!("{before}.rs:[LINE]{rest}")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).into_iter().flatten().flatten() {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(from, to).unwrap();
        }
    }
}

fn list(top: &Path, folder: &Path, transcript: &mut String) {
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with("asset.") {
            // The name is a hash of the content, which changes with the apps.
            writeln!(transcript, "{}", path.strip_prefix(top).unwrap().with_file_name("asset.[HASH]").display())
                .unwrap();
        } else if path.is_dir() {
            list(top, &path, transcript);
        } else {
            writeln!(transcript, "{}", path.strip_prefix(top).unwrap().display())
                .expect("writing to a string does not fail");
        }
    }
}
