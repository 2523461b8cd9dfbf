//! The emulator is never left behind: a start that is killed, a stop, and silence leave no process.

#![cfg(target_os = "linux")]

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use purlin::lambda::{Code, Function, Runtime};
use purlin::{App, CfnOutput, Stack};

use super::aws::REGION;
use super::world::World;
use crate::programs::succeed;

/// Waits a while for something.
fn comes(what: &dyn Fn() -> bool, seconds: u64) -> bool {
    let deadline = Instant::now() + Duration::from_secs(seconds);
    loop {
        if what() || Instant::now() > deadline {
            return what();
        }
        thread::sleep(Duration::from_millis(2));
    }
}

/// The processes of the emulator in a world, and of its functions: their environment has its scratch folder.
fn processes(world: &World) -> Vec<String> {
    let mark = world.path("emulator/scratch");
    let environments = fs::read_dir("/proc").unwrap().flatten().map(|it| it.path());
    let of_world = environments.filter(|process| {
        let read = |name: &str| fs::read(process.join(name)).unwrap_or_default();
        let is_zombie = String::from_utf8_lossy(&read("stat")).contains(") Z ");
        !is_zombie && String::from_utf8_lossy(&read("environ")).contains(&mark)
    });
    of_world.map(|process| process.display().to_string()).collect()
}

#[test]
fn a_start_that_is_killed_leaves_a_record_or_nothing() {
    let world = World::absent();
    let record = world.path("emulator/emulator.json");
    let log = world.path("emulator/emulator.log");
    let exists = |path: &str| Path::new(path).exists();
    let runs = || !processes(&world).is_empty();
    let after = |milliseconds| {
        move || -> bool {
            thread::sleep(Duration::from_millis(milliseconds));
            true
        }
    };
    let points: [(&str, &dyn Fn() -> bool); 9] = [
        ("at once", &|| true),
        ("with the log", &|| exists(&log)),
        ("with the process", &runs),
        ("in its import", &|| runs() && after(300)()),
        ("while it starts", &|| runs() && after(700)()),
        ("when it nearly answers", &|| runs() && after(1_100)()),
        ("with the record", &|| exists(&record)),
        ("after the record", &|| exists(&record) && after(5)()),
        ("a little later", &|| exists(&record) && after(30)()),
    ];
    for (point, is_there) in points {
        fs::remove_file(&log).ok();
        let mut command = world.toolkit();
        let mut start = command.args(["local", "start"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        assert!(comes(is_there, 60), "{point}: not reached");
        start.kill().unwrap();
        start.wait().unwrap();
        // The pipe is closed at once; the process may not have seen it yet.
        thread::sleep(Duration::from_millis(300));
        let status = world.local("status");
        if status.output.contains("http://127.0.0.1:") {
            assert!(exists(&record), "{point}");
            let stopped = world.local("stop");
            assert!(stopped.output.contains("is stopped"), "{point}: {}", stopped.output);
            assert_eq!(processes(&world), [""; 0], "{point}");
        } else {
            assert!(comes(&|| !runs(), 20), "{point}: `status` denies {:?}", processes(&world));
            assert!(!exists(&record), "{point}: {}", status.output);
        }
    }
    let started = world.local("start");
    assert_eq!(started.code, Some(0), "{}", started.output);
}

/// Functions in Python, and what they start, have processes of their own.
#[test]
fn a_stop_ends_the_processes_of_functions() {
    let world = World::new();
    let app = App::new();
    let stack = app.add("Child", Stack::props());
    let code = "import subprocess\n\ndef handler(event, context):\n    return subprocess.Popen(['sleep', '600']).pid\n";
    let function = Function::props(Code::from_inline(Runtime::PYTHON3_13, "index.handler", code));
    let function = stack.add("Function", function);
    stack.add("Name", CfnOutput::new(function.name()));
    let out = world.path("child.out");
    app.synth().expect("the stack has no problems").assembly.write(Path::new(&out)).expect("a new folder");
    succeed(world.toolkit().args(["deploy", "--local", "--region", REGION, "--app", &out]));
    let child = world.aws.invoke(&world.aws.outputs("Child")["Name"]);
    assert!(Path::new(&format!("/proc/{child}")).exists() && processes(&world).len() >= 3, "{child}");
    let stopped = world.local("stop");
    assert!(stopped.output.contains("is stopped"), "{}", stopped.output);
    assert_eq!(processes(&world), [""; 0]);
}

#[test]
fn silence_ends_the_emulator_and_requests_keep_it() {
    let world = World::absent();
    let refused = succeeds_not(&world, "soon");
    assert!(refused.contains("`soon`") && refused.contains("`never`"), "{refused}");
    let start = |arguments: &[&str], variable: &str| {
        let mut command = world.toolkit();
        command.env("PURLIN_LOCAL_STOP_AFTER", variable).args(["local", "start"]).args(arguments);
        String::from_utf8_lossy(&succeed(&mut command).stderr).into_owned()
    };
    let is_up = || world.local("status").output.contains("http://127.0.0.1:");
    let said = start(&["--stop-after", "4s"], "never");
    assert!(said.contains("it stops after 4 s without requests"), "{said}");
    // Each question is a request.
    for _ in 0..8 {
        assert!(is_up(), "it was used");
        thread::sleep(Duration::from_secs(1));
    }
    assert!(comes(&|| processes(&world).is_empty(), 20), "{:?}", processes(&world));
    assert!(world.local("status").output.contains("no local emulator is running"));
    assert!(!start(&[], "never").contains("without requests"));
    world.local("stop");
    assert!(start(&[], "90m").contains("it stops after 90 min without requests"));
}

fn succeeds_not(world: &World, limit: &str) -> String {
    let output = world.toolkit().args(["local", "start", "--stop-after", limit]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    String::from_utf8_lossy(&output.stderr).into_owned()
}
