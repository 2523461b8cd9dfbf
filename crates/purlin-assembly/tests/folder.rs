//! One walk for hashes, archives, copies and build contexts: the same folder under each rule for links.
#![cfg(unix)]

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use purlin_assembly::folder::{EntryKind, Links, Listing, Unfit, list};
use purlin_assembly::{Artifact, Assembly, CloudAssembly, Environment, StackProperties};
use tempfile::TempDir;

const ALL: [Links; 4] = [Links::Followed, Links::FollowedInside, Links::KeptInside, Links::Kept];

/// `lib.py`, `lib/a.py`, `lib/deep/b.py`, `Z.txt`, and the folder `empty`.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder for the test");
    fs::create_dir_all(folder.path().join("lib/deep")).expect("a writable folder");
    fs::create_dir(folder.path().join("empty")).expect("a writable folder");
    for name in ["lib.py", "lib/a.py", "lib/deep/b.py", "Z.txt"] {
        fs::write(folder.path().join(name), name).expect("a writable folder");
    }
    folder
}

fn walk(folder: &Path, links: Links) -> Result<Listing, Unfit> {
    list(folder, links, &mut |_, _, _| false)
}

/// Each entry: a folder ends with a slash, a kept link has its target.
fn names(folder: &Path, links: Links) -> Vec<String> {
    let shown = |name: String, kind| match kind {
        EntryKind::File => name,
        EntryKind::Folder => name + "/",
        EntryKind::Link(target) => format!("{name} -> {}", target.display()),
    };
    let listing = walk(folder, links).expect("it can be listed");
    listing.entries.into_iter().map(|entry| shown(entry.name, entry.kind)).collect()
}

#[test]
fn a_folder_is_listed_in_the_order_of_bytes() {
    for links in ALL {
        let expected = ["Z.txt", "empty/", "lib/", "lib.py", "lib/a.py", "lib/deep/", "lib/deep/b.py"];
        assert_eq!(names(folder().path(), links), expected, "{links:?}");
    }
}

#[test]
fn links_are_followed_or_kept() {
    let outside = folder();
    let base = ["Z.txt", "empty/", "lib/", "lib.py", "lib/a.py", "lib/deep/", "lib/deep/b.py"];
    let absolute = outside.path().join("Z.txt");
    // A link, and what each rule makes of it: entries beside those above, `none` for a link that is left out.
    let cases: [(&str, &Path, [&[&str]; 4]); 8] = [
        ("near", Path::new("lib/a.py"), [&["near"], &["near"], &["near -> lib/a.py"], &["near -> lib/a.py"]]),
        (
            "lib/same",
            Path::new("deep"),
            [
                &["lib/same/", "lib/same/b.py"],
                &["lib/same/", "lib/same/b.py"],
                &["lib/same -> deep"],
                &["lib/same -> deep"],
            ],
        ),
        (
            "to-empty",
            Path::new("empty"),
            [&["to-empty/"], &["to-empty/"], &["to-empty -> empty"], &["to-empty -> empty"]],
        ),
        ("gone", Path::new("nowhere"), [&[], &[], &[], &["gone -> nowhere"]]),
        ("below", Path::new("Z.txt/x"), [&[], &[], &[], &["below -> Z.txt/x"]]),
        ("gone-out", Path::new("../nowhere"), [&[], &[], &[], &["refused: out of the folder"]]),
        ("out", &absolute, [&["out"], &["refused: out of the folder"], &["out"], &["refused: out of the folder"]]),
        (
            "self",
            Path::new("self"),
            [
                &["refused: cannot be followed"],
                &["refused: cannot be followed"],
                &["refused: cannot be followed"],
                &["self -> self"],
            ],
        ),
    ];
    for (link, target, expected) in cases {
        for (links, expected) in ALL.into_iter().zip(expected) {
            let folder = folder();
            symlink(target, folder.path().join(link)).unwrap();
            if let Some(reason) = expected.first().and_then(|it| it.strip_prefix("refused: ")) {
                let error = walk(folder.path(), links).unwrap_err().to_string();
                assert!(error.contains(reason) && error.contains(&format!("`{link}`")), "{link} {links:?}: {error}");
                continue;
            }
            let more: Vec<String> =
                names(folder.path(), links).into_iter().filter(|it| !base.contains(&it.as_str())).collect();
            assert_eq!(more, expected, "{link} {links:?}");
            let dangling = walk(folder.path(), links).unwrap().dangling;
            assert_eq!(dangling, if expected.is_empty() { vec![link.to_owned()] } else { vec![] }, "{link} {links:?}");
        }
    }
}

#[test]
fn links_to_a_folder_around_them_are_refused_unless_they_are_kept() {
    let cases: [(&str, &[(&str, &str)]); 5] = [
        ("lib/up", &[("..", "lib/up")]),
        ("here", &[(".", "here")]),
        ("lib/deep/far", &[("../..", "lib/deep/far")]),
        // Two folders that lead to each other, neither around its link.
        ("empty/a/b", &[("../lib/deep", "empty/a"), ("../../empty", "lib/deep/b")]),
        ("parent", &[("PARENT", "parent")]),
    ];
    for (named, made) in cases {
        let base = folder();
        let root = base.path().join("root");
        fs::create_dir(&root).unwrap();
        for name in ["empty", "lib"] {
            fs::rename(base.path().join(name), root.join(name)).unwrap();
        }
        for (target, link) in made {
            let target = if *target == "PARENT" { base.path() } else { Path::new(target) };
            symlink(target, root.join(link)).unwrap();
        }
        for links in [Links::Followed, Links::FollowedInside] {
            let error = walk(&root, links).unwrap_err().to_string();
            let is_out = named == "parent" && links == Links::FollowedInside;
            let reason = if is_out { "out of the folder" } else { "to a folder around it" };
            assert!(error.contains(reason), "{named} {links:?}: {error}");
            assert!(error.contains(&format!("`{named}`")) || named.contains("/b"), "{named} {links:?}: {error}");
        }
        assert_eq!(walk(&root, Links::Kept).is_err(), named == "parent", "{named}");
    }
}

#[test]
fn what_is_no_file_is_refused_at_once_with_its_path() {
    type Make = fn(&Path);
    let cases: [(&str, Make, &str); 7] = [
        (
            "pipe",
            |path| assert!(Command::new("mkfifo").arg(path).status().unwrap().success()),
            "is a named pipe (FIFO)",
        ),
        (
            "lib/deep/pipe",
            |path| assert!(Command::new("mkfifo").arg(path).status().unwrap().success()),
            "is a named pipe",
        ),
        ("lib/socket", |path| drop(UnixListener::bind(path).unwrap()), "is a socket"),
        ("null", |path| symlink("/dev/null", path).unwrap(), "is a link to a device"),
        (
            "to-pipe",
            |path| {
                let pipe = path.with_file_name("lib").join("p");
                assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
                symlink("lib/p", path).unwrap();
            },
            "pipe",
        ),
        (
            "caf\u{fffd}",
            |path| fs::write(path.with_file_name(std::ffi::OsStr::from_bytes(b"caf\xe9")), "x").unwrap(),
            "not text",
        ),
        ("a\nb", |path| drop(UnixListener::bind(path).unwrap()), "`a\\nb` is a socket"),
    ];
    for (name, make, reason) in cases {
        for links in ALL {
            let folder = folder();
            make(&folder.path().join(name));
            let error = walk(folder.path(), links).unwrap_err();
            let is_kept_link = links == Links::Kept && name == "null";
            assert!(
                error.to_string().contains(if is_kept_link { "out of the folder" } else { reason }),
                "{links:?}: {error}"
            );
            assert!(error.name == name || name == "to-pipe", "{links:?}: {error}");
            let left_out = list(folder.path(), links, &mut |_, path, _| path.file_name() != Some("empty".as_ref()));
            assert_eq!(left_out.expect("what is left out is not refused").entries.len(), 1, "{name} {links:?}");
        }
    }
}

#[test]
fn names_of_all_kinds_are_taken_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let mut expected = ["a b", "a\nb", "日本", "A", "a", "a\\b", "-rf", "*", "é", "e\u{301}"].map(str::to_owned);
    for name in &expected {
        fs::write(folder.path().join(name), "x").unwrap();
    }
    expected.sort();
    assert_eq!(names(folder.path(), Links::Followed), expected);
}

#[test]
fn copies_keep_inner_links_that_work_there() {
    let place = tempfile::tempdir().unwrap();
    let app = place.path().join("app");
    fs::create_dir_all(app.join("sub/empty")).unwrap();
    fs::write(app.join("sub/file"), "content").unwrap();
    symlink("sub/file", app.join("near")).unwrap();
    symlink("../app/sub/file", app.join("around")).unwrap();
    symlink("nowhere", app.join("gone")).unwrap();
    let out = place.path().join("out");
    let mut assembly = CloudAssembly::new();
    assembly.copy(&app, "asset.1");
    assembly.write(&out).unwrap();
    let copy = out.join("asset.1");
    assert_eq!(fs::read_link(copy.join("near")).unwrap(), Path::new("sub/file"));
    assert!(
        fs::symlink_metadata(copy.join("around")).unwrap().is_file(),
        "a link by way of the folder around is resolved"
    );
    assert!(fs::symlink_metadata(copy.join("gone")).is_err() && copy.join("sub/empty").is_dir());
}

#[test]
fn build_contexts_keep_modes_and_empty_folders() {
    let place = tempfile::tempdir().unwrap();
    let context = place.path().join("app");
    let modes = [("run", 0o1777), ("uploads", 0o755), ("uploads/deep", 0o700), ("shared", 0o2775), ("locked", 0o555)];
    for (folder, _) in modes {
        fs::create_dir(context.join(folder)).or_else(|_| fs::create_dir_all(context.join(folder))).unwrap();
    }
    for (file, mode) in [("locked/secret", 0o640), ("run.sh", 0o4755)] {
        fs::write(context.join(file), "x").unwrap();
        fs::set_permissions(context.join(file), fs::Permissions::from_mode(mode)).unwrap();
    }
    for (folder, mode) in modes {
        fs::set_permissions(context.join(folder), fs::Permissions::from_mode(mode)).unwrap();
    }
    let out = place.path().join("out");
    let hash = "0123456789abcdef".repeat(4);
    let mut assembly = CloudAssembly::new();
    let files = ["locked/secret", "run.sh", "run", "uploads/deep", "shared"].map(str::to_owned);
    assembly.copy_files(&context, files, format!("asset.{hash}"));
    // The second run takes the copy over, the third one removes the read-only folder.
    for _ in 0..2 {
        assembly.write(&out).unwrap();
        for (path, mode) in modes.into_iter().chain([("locked/secret", 0o640), ("run.sh", 0o4755)]) {
            let copied = fs::metadata(out.join(format!("asset.{hash}/{path}"))).unwrap().permissions().mode();
            assert_eq!(copied & 0o7777, mode, "{path}");
        }
    }
    CloudAssembly::new().write(&out).unwrap();
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 2, "app and out");
}

#[test]
fn assets_that_are_there_by_their_hash_are_not_copied_again() {
    let place = tempfile::tempdir().unwrap();
    let (app, out) = (place.path().join("app"), place.path().join("out"));
    fs::create_dir(&app).unwrap();
    fs::write(app.join("file"), "x").unwrap();
    let (hash, other) = ("a".repeat(64), "b".repeat(64));
    let write = |asset: &str, nested: bool| {
        let mut inner = CloudAssembly::new();
        inner.file("S.template.json", "{}");
        inner.artifact("S", Artifact::of_stack(&Environment::agnostic(), &StackProperties::new("S.template.json")));
        inner.copy(&app, format!("asset.{asset}"));
        let mut assembly = CloudAssembly::new();
        if nested {
            let properties =
                purlin_assembly::NestedAssemblyProperties { directory_name: "assembly-P".into(), display_name: None };
            assembly.nest("assembly-P", &properties, inner);
        } else {
            assembly = inner;
        }
        assembly.write(&out).unwrap();
        assert_eq!(Assembly::read(&out).unwrap().stacks().len(), 1);
    };
    let inode = |path: &str| std::os::unix::fs::MetadataExt::ino(&fs::metadata(out.join(path)).unwrap());
    for (nested, prefix) in [(false, ""), (true, "assembly-P/")] {
        let path = format!("{prefix}asset.{hash}/file");
        write(&hash, nested);
        let first = inode(&path);
        write(&hash, nested);
        assert_eq!(inode(&path), first, "{path} was taken over");
        write(&other, nested);
        assert!(!out.join(&path).exists(), "{path} is not left behind");
    }
}
