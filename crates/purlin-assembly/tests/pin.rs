//! The paths of an assembly stay inside it, and a deployment works on what was there when it began.

use std::fs;
use std::path::Path;

use purlin_assembly::{
    Artifact, Assembly, AssemblyError, AssetManifestProperties, CloudAssembly, Environment, Location,
    NestedAssemblyProperties, StackProperties,
};
use tempfile::TempDir;

const MANIFEST: &str = r#"{"version": "36.0.0", "artifacts": {
    "A": {"type": "cdk:asset-manifest", "properties": {"file": "ASSETS"}},
    "S": {"type": "aws:cloudformation:stack", "environment": "aws://1/eu-west-1", "dependencies": ["A"],
          "properties": {"templateFile": "TEMPLATE"}, "additionalMetadataFile": "METADATA"},
    "N": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "NESTED"}}
}}"#;
const ASSETS: &str = r#"{"version": "36.0.0", "files": {"f": {"source": {"path": "asset.a", "packaging": "zip"}, "destinations": {}}},
    "dockerImages": {"i": {"source": {"directory": "asset.i"}, "destinations": {}}}}"#;

fn write(place: &Path, manifest: &str, assets: &str) {
    fs::create_dir_all(place.join("asset.a/sub")).expect("a folder of the test");
    fs::create_dir_all(place.join("asset.i")).expect("a folder of the test");
    fs::create_dir_all(place.join("assembly-N")).expect("a folder of the test");
    let texts = [
        ("manifest.json", manifest),
        ("s.assets.json", assets),
        ("s.template.json", "{}"),
        ("s.metadata.json", "{}"),
        ("asset.a/sub/main.py", "print(1)"),
        ("asset.i/Dockerfile", "FROM scratch"),
        ("assembly-N/manifest.json", r#"{"version": "36.0.0"}"#),
    ];
    for (name, text) in texts {
        fs::write(place.join(name), text).expect("a folder of the test");
    }
}

fn manifest(changes: &[(&str, &str)]) -> String {
    let usual = [
        ("ASSETS", "s.assets.json"),
        ("TEMPLATE", "s.template.json"),
        ("METADATA", "s.metadata.json"),
        ("NESTED", "assembly-N"),
    ];
    let all = changes.iter().chain(&usual);
    all.fold(MANIFEST.to_owned(), |text, (name, value)| text.replace(&format!("\"{name}\""), &format!("\"{value}\"")))
}

/// An assembly in a folder, with files and links beside it that are none of its business.
fn surroundings() -> TempDir {
    let dir = tempfile::tempdir().expect("a folder of the test");
    write(&dir.path().join("other"), &manifest(&[]), ASSETS);
    write(&dir.path().join("out"), &manifest(&[]), ASSETS);
    #[cfg(unix)]
    for (link, target) in [("out/link.json", "../other/s.template.json"), ("out/linked", "../other")] {
        std::os::unix::fs::symlink(target, dir.path().join(link)).expect("a folder of the test");
    }
    dir
}

#[test]
#[cfg(unix)]
fn the_files_of_an_assembly_are_inside_it() {
    let dir = surroundings();
    let other = dir.path().join("other").to_string_lossy().into_owned();
    let paths = |file: &str| [format!("../other/{file}"), format!("{other}/{file}"), format!("linked/{file}")];
    let fields = [
        ("TEMPLATE", "s.template.json"),
        ("ASSETS", "s.assets.json"),
        ("METADATA", "s.metadata.json"),
        ("NESTED", "assembly-N"),
    ];
    let out = dir.path().join("out");
    let read = |field: &str, path: &str| {
        write(&out, &manifest(&[(field, path)]), ASSETS);
        let assembly = Assembly::read(&out)?;
        let stack = &assembly.stacks()[0];
        stack.template().and_then(|_| stack.assets())
    };
    for (field, file) in fields {
        for path in paths(file) {
            let error = read(field, &path).unwrap_err();
            assert!(matches!(error, AssemblyError::OutsideAssembly { .. }), "{field} {path}: {error}");
        }
        for path in [format!("./{file}"), format!("../out/{file}"), format!("asset.a/../{file}")] {
            read(field, &path).unwrap_or_else(|error| panic!("{field} {path}: {error}"));
        }
    }
    assert!(matches!(read("TEMPLATE", "link.json"), Err(AssemblyError::OutsideAssembly { .. })));
    // An assembly that is reached by a link is inside it all the same.
    write(&out, &manifest(&[]), ASSETS);
    let by_link = dir.path().join("by-link");
    std::os::unix::fs::symlink(&out, &by_link).unwrap();
    assert!(Assembly::read(by_link).unwrap().stacks()[0].assets().is_ok());
}

#[test]
#[cfg(unix)]
fn an_asset_outside_is_named_as_such_or_refused() {
    let dir = surroundings();
    let out = dir.path().join("out");
    let assembly = Assembly::read(&out).unwrap();
    let assets = &assembly.stacks()[0].assets().unwrap()[0];
    let inside = out.join("asset.a").to_string_lossy().into_owned();
    let outside = dir.path().join("other/asset.a").to_string_lossy().into_owned();
    for (path, expected) in [
        ("asset.a", Some(true)),
        (inside.as_str(), Some(true)),
        ("not-there", Some(true)),
        (outside.as_str(), Some(false)),
        ("/etc/shadow", Some(false)),
        ("../other/asset.a", None),
        ("asset.a/../../other", None),
        ("linked/asset.a", None),
    ] {
        let found = assets.locate(path).ok().map(|it| matches!(it, Location::Inside(_)));
        assert_eq!(found, expected, "{path}");
    }
}

#[test]
fn a_pinned_assembly_is_what_it_was() {
    let dir = surroundings();
    let out = dir.path().join("out");
    let assembly = Assembly::read(&out).unwrap();
    let stack = &assembly.stacks()[0];
    assembly.pin(&[stack]).unwrap();
    fs::write(out.join("s.template.json"), "[]").unwrap();
    fs::write(out.join("s.assets.json"), "[]").unwrap();
    assert_eq!(stack.template().unwrap(), "{}");
    let assets = &stack.assets().unwrap()[0];
    let (code, image) = (out.join("asset.a"), out.join("asset.i"));
    assets.check_unchanged(&code).unwrap();
    let changes: [(&str, &dyn Fn()); 4] = [
        ("sub/main.py", &|| fs::write(code.join("sub/main.py"), "print(2)").unwrap()),
        ("sub/new.py", &|| fs::write(code.join("sub/new.py"), "").unwrap()),
        ("sub/main.py", &|| fs::remove_file(code.join("sub/main.py")).unwrap()),
        ("", &|| fs::remove_dir_all(&code).unwrap()),
    ];
    for (expected, change) in changes {
        change();
        let error = assets.check_unchanged(&code).unwrap_err();
        let AssemblyError::Changed { path } = &error else { panic!("{error}") };
        assert!(path.ends_with(expected) || path.ends_with("main.py"), "{expected}: {error}");
    }
    assets.check_unchanged(&image).unwrap();
}

#[test]
fn a_folder_that_was_rewritten_after_it_was_read_is_refused() {
    for name in ["manifest.json", "assembly-N/manifest.json"] {
        let dir = surroundings();
        let out = dir.path().join("out");
        let assembly = Assembly::read(&out).unwrap();
        let text = fs::read_to_string(out.join(name)).unwrap();
        fs::write(out.join("new"), text).unwrap();
        fs::rename(out.join("new"), out.join(name)).unwrap();
        let error = assembly.pin(&[&assembly.stacks()[0]]).unwrap_err();
        assert!(matches!(&error, AssemblyError::Changed { path } if path.ends_with(name)), "{error}");
    }
}

#[test]
fn the_digest_is_that_of_what_was_written() {
    let assembly = |text: &str| {
        let mut inner = CloudAssembly::new();
        inner.file("T.template.json", text);
        inner.artifact("T", Artifact::of_stack(&Environment::agnostic(), &StackProperties::new("T.template.json")));
        let mut out = CloudAssembly::new();
        out.file("S.template.json", "{}").file("S.assets.json", ASSETS).file("tree.json", "{}");
        out.artifact(
            "A",
            Artifact::of_assets(&AssetManifestProperties { file: "S.assets.json".into(), ..Default::default() }),
        );
        let stack = Artifact::of_stack(&Environment::agnostic(), &StackProperties::new("S.template.json"));
        out.artifact("S", stack.after("A"));
        out.nest("N", &NestedAssemblyProperties { directory_name: "assembly-N".into(), ..Default::default() }, inner);
        out
    };
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().join("out");
    let (one, other) = (assembly("{}"), assembly("{ }"));
    one.write(&place).unwrap();
    let digest = Assembly::digest_of(&one).unwrap();
    assert_eq!(Assembly::read(&place).unwrap().digest().unwrap(), digest);
    other.write(&place).unwrap();
    assert_ne!(Assembly::read(&place).unwrap().digest().unwrap(), digest);
    fs::write(place.join("tree.json"), "[]").unwrap();
    assert_eq!(Assembly::read(&place).unwrap().digest().unwrap(), Assembly::digest_of(&other).unwrap());
}
