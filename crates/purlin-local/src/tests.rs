//! Tests without Python: only Purlin's own emulator is found and stopped, no other process.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use crate::home::{self, Home};
use crate::record::Record;
use crate::{Emulator, overlay};

fn home() -> (tempfile::TempDir, Home) {
    let dir = tempfile::tempdir().unwrap();
    let home = Home { shared: dir.path().join("shared"), state: dir.path().join("state") };
    std::fs::create_dir_all(&home.state).unwrap();
    (dir, home)
}

fn record(port: u16) -> Record {
    Record { pid: 1, port, instance: "ours".into(), overlay: "x".into(), key: None }
}

/// A server with one fixed response.
fn server(body: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 1024];
        assert!(stream.read(&mut request).unwrap() > 0);
        write!(stream, "HTTP/1.1 200 OK\r\n\r\n{body}").unwrap();
    });
    port
}

#[test]
fn the_record_of_a_stopped_emulator_is_deleted() {
    let (_dir, home) = home();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    record(port).write(&home).unwrap();
    assert!(Emulator::find(&home).unwrap().is_none());
    assert!(!home.record().exists());
}

#[test]
fn another_server_on_the_recorded_port_is_not_the_emulator() {
    for body in [r#"{"instance": "theirs"}"#, "<html>", ""] {
        let (_dir, home) = home();
        record(server(body)).write(&home).unwrap();
        assert!(Emulator::find(&home).unwrap().is_none(), "{body}");
    }
}

#[test]
fn the_recorded_emulator_is_found_again() {
    let (_dir, home) = home();
    let port = server(r#"{"instance": "ours"}"#);
    record(port).write(&home).unwrap();
    let found = Emulator::find(&home).unwrap().unwrap();
    assert_eq!((found.pid(), found.endpoint()), (1, format!("http://127.0.0.1:{port}").as_str()));
}

#[test]
fn an_unreadable_record_counts_as_no_record() {
    let (_dir, home) = home();
    std::fs::write(home.record(), "{").unwrap();
    assert!(Record::read(&home).unwrap().is_none());
}

#[test]
fn the_overlay_is_written_completely_and_repaired() {
    let (_dir, home) = home();
    let folder = overlay::ensure_written(&home).unwrap();
    let main = folder.join("purlin_local/__main__.py");
    let text = std::fs::read(&main).unwrap();
    std::fs::write(&main, "half").unwrap();
    assert_eq!(overlay::ensure_written(&home).unwrap(), folder);
    assert_eq!(std::fs::read(&main).unwrap(), text);
}

#[cfg(unix)]
#[test]
fn folders_that_others_can_write_to_are_refused() {
    use std::os::unix::fs::PermissionsExt as _;

    let (_dir, home) = home();
    home::own(&home.shared.join("new/inner")).unwrap();
    for folder in [&home.shared, &home.shared.join("new"), &home.shared.join("new/inner")] {
        assert_eq!(std::fs::metadata(folder).unwrap().permissions().mode() & 0o7777, 0o700, "{}", folder.display());
    }
    for (mode, accepted) in [(0o755, true), (0o700, true), (0o775, false), (0o757, false), (0o1777, false)] {
        std::fs::set_permissions(&home.shared, std::fs::Permissions::from_mode(mode)).unwrap();
        let outcome = home::own(&home.shared).map_err(|error| error.to_string());
        assert_eq!(outcome.is_ok(), accepted, "{mode:o}: {outcome:?}");
        if let Err(refused) = outcome {
            let fix = format!("`chmod go-w {}`", home.shared.display());
            assert!(refused.contains(&format!("(mode {mode:o})")) && refused.contains(&fix), "{refused}");
            // Before anything of it runs.
            assert!(home.lock_setup(&mut |_| ()).is_err());
        }
    }
    // Only the superuser can make a folder another user's.
    let theirs = home.shared.join("theirs");
    std::fs::create_dir(&theirs).unwrap();
    if std::os::unix::fs::chown(&theirs, Some(4242), None).is_ok() {
        let refused = home::own(&theirs).unwrap_err().to_string();
        assert!(refused.contains("belongs to another user (id 4242"), "{refused}");
    }
}

#[test]
fn each_package_is_pinned_with_the_hashes_of_its_files() {
    let list: Vec<&str> = overlay::REQUIREMENTS.lines().filter(|line| !line.starts_with('#')).collect();
    let whole = list.join("\n").replace("\\\n", "");
    assert_eq!(whole.lines().count(), 20);
    for package in whole.lines() {
        let mut words = package.split_whitespace();
        assert!(words.next().is_some_and(|it| it.contains("==")), "{package}");
        let hashes: Vec<&str> = words.filter_map(|it| it.strip_prefix("--hash=sha256:")).collect();
        let is_hash = |it: &&str| it.len() == 64 && it.bytes().all(|byte| byte.is_ascii_hexdigit());
        assert!(!hashes.is_empty() && hashes.iter().all(is_hash), "{package}");
    }
}

#[test]
fn a_tail_is_the_last_lines_and_never_empty() {
    let long = (0..40).map(|n| format!("line {n}\n\n")).collect::<Vec<_>>().concat();
    let tail = home::tail(&long);
    assert!(tail.starts_with("  line 25") && tail.ends_with("line 39"), "{tail}");
    assert_eq!(home::tail("\n"), "  (no output)");
}
