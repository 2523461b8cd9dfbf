//! The output folder and the streams of an app, as the machines of users have them: current folder, links, several runs at
//! once, a full disk, context from the CDK.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::{Child, Output, Stdio};

use purlin_assembly::{Reads, TOOLKIT_COMMANDS};
use tempfile::TempDir;

use crate::programs::{command, purlin, stacks, succeed};

fn home() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// `stacks LINE` in a folder.
fn app(folder: &Path, line: &str) -> std::process::Command {
    let mut app = command(stacks(), folder);
    app.args(line.split_whitespace()).current_dir(folder).stdin(Stdio::null());
    app
}

fn run(folder: &Path, line: &str) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = app(folder, line).output().unwrap();
    (status.code(), String::from_utf8_lossy(&stderr).into_owned())
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn the_output_is_filled_where_it_is_or_refused() {
    let home = home();
    let at = |name: &str| home.path().join(name);
    for folder in ["dot", "real", "full", "parent"] {
        fs::create_dir_all(at(folder)).unwrap();
    }
    fs::write(at("full/notes.txt"), "mine").unwrap();
    fs::write(at("file"), "mine").unwrap();
    symlink("real", at("link")).unwrap();
    symlink("nothing", at("dangling")).unwrap();
    // Where it is run, the output, and the words of a refusal or the folder that has the assembly.
    let cases = [
        (".", "purlin.out", Ok("purlin.out")),
        ("real", ".", Ok("real")),
        ("dot", "../dot/", Ok("dot")),
        (".", "link", Ok("real")),
        (".", "link/inner", Ok("real/inner")),
        (".", "new/deep/out/", Ok("new/deep/out")),
        (".", "parent/../beside", Ok("beside")),
        (".", "absent/../y", Ok("y")),
        (".", "full", Err("`full` holds something other than a cloud assembly")),
        ("full", ".", Err("`.` holds something other than a cloud assembly")),
        ("parent", "..", Err("`..` holds something other than a cloud assembly")),
        (".", "file", Err("the output `file` is not a folder")),
        (".", "file/", Err("the output `file/` is not a folder")),
        (".", "file/out", Err("`file")),
        (".", "dangling", Err("the output `dangling` is a link to nothing")),
    ];
    for (current, output, expected) in cases {
        let inode = || fs::metadata(at(current)).unwrap().ino();
        let before = inode();
        for round in 1..=2 {
            let (code, said) = run(&at(current), &format!("synth -q --output {output}"));
            assert_eq!(code, Some(if expected.is_ok() { 0 } else { 2 }), "{output} in {current}, {round}: {said}");
            match expected {
                Ok(place) => assert!(at(place).join("manifest.json").is_file(), "{output} in {current}"),
                Err(words) => assert!(said.contains(words), "{output} in {current}: {said}"),
            }
        }
        assert_eq!(inode(), before, "the current folder stays the same: {output} in {current}");
    }
    assert!(fs::symlink_metadata(at("link")).unwrap().is_symlink() && !at("absent").exists());
    // What is no part of an assembly stays.
    fs::create_dir(at("dot/sub")).unwrap();
    assert_eq!(run(&at("dot/sub"), "synth -q --output ..").0, Some(0));
    assert!(at("dot/sub").is_dir() && names(&at("full")) == ["notes.txt"]);
    assert!(!names(home.path()).iter().any(|name| name.starts_with(".purlin")), "{:?}", names(home.path()));
}

/// In a mount namespace of its own, where the machine permits one.
#[cfg(target_os = "linux")]
#[test]
fn mounts_and_read_only_parents_are_filled_in_place() {
    let home = home();
    let namespace = |script: &str| {
        let mut shell = command(Path::new("unshare"), home.path());
        shell.args(["-rm", "sh", "-ec", script]).env("APP", stacks()).current_dir(home.path()).output().unwrap()
    };
    if !namespace("mount -t tmpfs tmpfs /mnt").status.success() {
        return;
    }
    let twice = "for round in 1 2; do $APP synth -q --output out; done; ls -A out; cat out/manifest.json > manifest";
    for (prepare, refused) in [
        ("mkdir out; mount -t tmpfs tmpfs out", None),
        ("mkdir real; ln -s real out; mount -t tmpfs tmpfs real", None),
        ("mkdir real out; mount --bind real out", None),
        (
            "mkdir -p ro; mount -t tmpfs t ro; mkdir ro/out; mount -t tmpfs t ro/out; mount -o remount,ro ro; ln -s ro/out out",
            None,
        ),
        ("mkdir out; mount -t tmpfs t out; mount -o remount,ro out", Some("cannot write `")),
        ("mkdir ro; mount -t tmpfs t ro; mount -o remount,ro ro; ln -s ro/new out", Some("is a link to nothing")),
    ] {
        let output = namespace(&format!("rm -rf out real ro; {prepare}; {twice}"));
        let (found, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        if let Some(words) = refused {
            assert!(!output.status.success() && said.contains(words), "{prepare}: {said}");
        } else {
            assert!(output.status.success(), "{prepare}: {said}");
            assert!(found.contains("WebLogin.template.json") && !found.contains(".purlin"), "{prepare}: {found}");
        }
    }
}

#[test]
fn many_runs_at_once_share_an_output() {
    let home = home();
    let inside = home.path().join("inside");
    fs::create_dir(&inside).unwrap();
    for (folder, output, is_killed) in [
        (home.path(), "purlin.out", false),
        (&inside, ".", false),
        (home.path(), "purlin.out", true),
        (&inside, ".", true),
    ] {
        let line = |number: usize| match number % 4 {
            0 => format!("ls --output {output}"),
            1 => format!("synth WebLogin --output {output}"),
            _ => format!("synth -q --output {output}"),
        };
        let mut runs: Vec<Child> = (0..16)
            .map(|number| app(folder, &line(number)).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap())
            .collect();
        if is_killed {
            for run in runs.iter_mut().step_by(3) {
                run.kill().unwrap();
            }
        }
        for (number, run) in runs.into_iter().enumerate() {
            let output = run.wait_with_output().unwrap();
            let is_fine = output.status.success() || (is_killed && number % 3 == 0);
            assert!(is_fine, "{}: {}", line(number), String::from_utf8_lossy(&output.stderr));
        }
        assert_eq!(run(folder, &format!("synth -q --output {output}")), (Some(0), String::new()));
        assert!(!names(folder).iter().any(|name| name.starts_with(".purlin")), "{:?}", names(folder));
    }
    assert_eq!(names(home.path()), ["inside", "purlin.out"]);
}

#[test]
fn an_unchanged_assembly_stays_and_commands_that_look_write_none() {
    let home = home();
    let out = home.path().join("purlin.out");
    let toolkit = |line: &str| succeed(app(home.path(), line).env("PURLIN", "true"));
    let commands = TOOLKIT_COMMANDS.iter().filter(|it| matches!(it.reads, Reads::Stacks | Reads::Deployed));
    let looking: Vec<String> = commands.map(|it| format!("{} WebLogin", it.name)).chain(["ls".to_owned()]).collect();
    assert!(looking.contains(&"explain WebLogin".to_owned()) && looking.contains(&"status WebLogin".to_owned()));
    for line in &looking {
        toolkit(line);
        assert!(!out.exists(), "`{line}` wrote a folder");
    }
    toolkit("deploy WebLogin");
    let first = fs::metadata(&out).unwrap().ino();
    for line in ["deploy WebLogin", "destroy WebLogin", "explain WebLogin", "synth -q"] {
        toolkit(line);
        assert_eq!(fs::metadata(&out).unwrap().ino(), first, "`{line}` replaced what had not changed");
    }
    // Nor do they when the code has changed: the folder may be of a deployment in progress.
    let other = "PURLIN_WEB_LOGIN_COGNITO_DOMAIN_PREFIX";
    for line in &looking {
        succeed(app(home.path(), line).env("PURLIN", "true").env(other, "other"));
        assert_eq!(fs::metadata(&out).unwrap().ino(), first, "`{line}` replaced the folder");
    }
    succeed(app(home.path(), "synth -q").env(other, "other"));
    assert_ne!(fs::metadata(&out).unwrap().ino(), first, "`synth` replaces it");
    let print = home.path().join("print");
    fs::write(&print, "#!/bin/sh\nenv\n").unwrap();
    fs::set_permissions(&print, fs::Permissions::from_mode(0o755)).unwrap();
    let shown = succeed(app(home.path(), "status WebLogin --profile x").env("PURLIN", &print)).stdout;
    let shown = String::from_utf8_lossy(&shown).into_owned();
    assert!(shown.contains(r#"PURLIN_STACKS=[{"id":"WebLogin","path":"WebLogin","name":"WebLogin"}]"#), "{shown}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_fails_and_a_closed_pipe_does_not() {
    let home = home();
    succeed(&mut app(home.path(), "synth -q"));
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let closed = || {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        writer
    };
    let of_app = ["synth WebLogin", "synth WebLogin -j", "ls", "--help"];
    let of_toolkit = [
        "ls",
        "ls --long",
        "synth WebLogin",
        "synth WebLogin -j",
        "--help",
        "--version",
        "deploy --help",
        "schema sqs.queue",
    ];
    let lines = of_app.iter().map(|line| (stacks(), line)).chain(of_toolkit.iter().map(|line| (purlin(), line)));
    for (program, line) in lines {
        let start = |stdout: Stdio| {
            let mut command = command(program, home.path());
            command.args(line.split_whitespace()).current_dir(home.path()).stdout(stdout).stderr(Stdio::piped());
            let output = command.output().unwrap();
            (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
        };
        let (code, said) = start(full().into());
        assert_eq!(code, Some(2), "{line}: {said}");
        assert!(said.contains("what was printed is not complete: No space left on device"), "{line}: {said}");
        let (code, said) = start(closed().into());
        assert_eq!(code, Some(0), "{line}: {said}");
        assert!(!said.contains("error"), "{line}: {said}");
    }
}

#[test]
fn context_comes_from_the_cdk_or_its_files() {
    let home = home();
    let key = "@aws-cdk/core:bootstrapQualifier";
    let overflow = home.path().join("overflow.json");
    let object = |value: &str| format!(r#"{{"{key}": "{value}"}}"#);
    fs::write(&overflow, object("overflow")).unwrap();
    let project =
        |value: &str| fs::write(home.path().join("cdk.json"), format!(r#"{{"context": {}}}"#, object(value))).unwrap();
    let bucket = |line: &str, variables: &[(&str, &str)]| {
        succeed(app(home.path(), &format!("synth -q {line}")).envs(variables.iter().copied()));
        let manifest = fs::read_to_string(home.path().join("purlin.out/GroupsCerbos.assets.json")).unwrap();
        manifest.split("cdk-").nth(1).unwrap().split("-container").next().unwrap().to_owned()
    };
    let json = object("variable");
    let (variable, file) =
        (("CDK_CONTEXT_JSON", json.as_str()), ("CONTEXT_OVERFLOW_LOCATION", overflow.to_str().unwrap()));
    assert_eq!(bucket("", &[]), "hnb659fds");
    assert_eq!(bucket("", &[variable]), "variable");
    assert_eq!(bucket("", &[variable, file]), "overflow");
    assert_eq!(bucket("", &[file]), "overflow");
    assert_eq!(bucket("", &[variable, ("CONTEXT_OVERFLOW_LOCATION_ENV", file.1)]), "overflow", "the CDK's name for it");
    project("project");
    assert_eq!(bucket("", &[]), "project");
    assert_eq!(bucket("", &[variable]), "variable", "the CDK CLI has read its files already");
    assert_eq!(bucket(&format!("--context {key}=option"), &[variable, file]), "option");
    for (variables, expected) in [
        (("CDK_CONTEXT_JSON", "[]"), "`CDK_CONTEXT_JSON` is not a JSON object"),
        (
            ("CONTEXT_OVERFLOW_LOCATION", "/nowhere.json"),
            "`/nowhere.json`, which `CONTEXT_OVERFLOW_LOCATION` names, cannot be read",
        ),
        (
            ("CDK_CONTEXT_JSON", r#"{"@aws-cdk/core:bootstrapQualifier": "not this"}"#),
            "the bootstrap qualifier is `not this`",
        ),
    ] {
        let output = app(home.path(), "ls").envs([variables]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(expected), "{said}");
    }
    let pipe = |path: &Path| assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
    let project = home.path().join("cdk.json");
    fs::remove_file(&project).unwrap();
    pipe(&project);
    let (code, said) = run(home.path(), "ls");
    assert!(code == Some(2) && said.contains("cdk.json`: it is a pipe"), "{said}");
    fs::remove_file(&project).unwrap();
    fs::create_dir(home.path().join("out")).unwrap();
    pipe(&home.path().join("out/manifest.json"));
    let (code, said) = run(home.path(), "synth -q --output out");
    assert!(code == Some(2) && said.contains("`out` holds something other than a cloud assembly"), "{said}");
}

#[test]
fn a_pattern_stays_out_of_stages_and_says_what_the_shell_did() {
    let home = home();
    fs::write(home.path().join("Cargo.toml"), "").unwrap();
    for program in [stacks(), purlin()] {
        succeed(&mut app(home.path(), "synth -q"));
        for (pattern, expected) in [
            ("Cargo.toml", "put patterns in quotes: `'*'`"),
            ("Web/*", "`*` stands for anything but a slash"),
            ("WebLogni", "did you mean `WebLogin`?"),
        ] {
            let output = command(program, home.path()).args(["ls", pattern]).current_dir(home.path()).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(2), "{said}");
            assert!(said.contains(&format!("no stack matches `{pattern}`")) && said.contains(expected), "{said}");
        }
    }
}

/// Two jobs synthesize into the same folder, the second before the toolkit of the first reads it.
#[test]
fn a_synthesis_between_writing_and_deploying_is_not_deployed() {
    let home = home();
    let toolkit = home.path().join("toolkit");
    let (stacks, purlin) = (stacks().display(), purlin().display());
    let others = "PURLIN_WEB_LOGIN_COGNITO_DOMAIN_PREFIX=theirs ";
    for (variable, is_noticed) in [("", false), (others, true)] {
        // What the app starts: here another synthesis comes first.
        let script = format!("#!/bin/sh\n{variable}{stacks} synth -q || exit 9\nexec {purlin} \"$@\"\n");
        fs::write(&toolkit, script).unwrap();
        fs::set_permissions(&toolkit, fs::Permissions::from_mode(0o755)).unwrap();
        let output = app(home.path(), "deploy WebLogin").env("PURLIN", &toolkit).output().unwrap();
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(err.contains("changed while it was deployed"), is_noticed, "{variable}: {err}");
        assert_eq!(err.contains("there is no AWS region") || err.contains("no AWS credentials"), !is_noticed, "{err}");
    }
}
