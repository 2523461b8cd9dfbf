//! An assembly goes to disk and comes back; what is on disk is what the CDK would have written.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use purlin_assembly::{
    Artifact, Assembly, AssemblyError, AssetManifest, AssetManifestProperties, CloudAssembly, Environment, FileAsset,
    FileSource, Level, MetadataEntry, NestedAssemblyProperties, Patch, StackProperties, own_frame,
};
use tempfile::TempDir;

fn stack(template: &str) -> Artifact {
    Artifact::of_stack(&Environment::agnostic(), &StackProperties::new(template))
}

fn one_stack() -> CloudAssembly {
    let mut out = CloudAssembly::new();
    out.file("S.template.json", r#"{"Resources":{}}"#);
    out.artifact("S", stack("S.template.json"));
    out
}

/// `Prod/Web` after `Prod/Db`, both in a stage, and `Last` after the stage.
fn staged() -> CloudAssembly {
    let mut inner = CloudAssembly::new();
    inner.artifact("ProdDb", stack("Db.json").named("Prod/Db"));
    inner.artifact("ProdAWeb", stack("Web.json").named("Prod/Web").after("ProdDb"));
    let mut out = CloudAssembly::new();
    out.nest(
        "assembly-Prod",
        &NestedAssemblyProperties { directory_name: "assembly-Prod".into(), display_name: Some("Prod".into()) },
        inner,
    );
    out.artifact("A-Last", stack("Last.json").named("Last").after("assembly-Prod"));
    out
}

fn written(assembly: &CloudAssembly) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().expect("a folder for the test");
    let place = dir.path().join("purlin.out");
    assembly.write(&place).expect("the assembly is written");
    (dir, place)
}

fn names<'a>(stacks: impl IntoIterator<Item = &'a purlin_assembly::Stack>) -> Vec<&'a str> {
    stacks.into_iter().map(purlin_assembly::Stack::display_name).collect()
}

#[test]
fn the_manifest_is_the_cdks() {
    let (_dir, place) = written(&one_stack());
    let expected = r#"{
  "version": "15.0.0",
  "artifacts": {
    "S": {
      "type": "aws:cloudformation:stack",
      "environment": "aws://unknown-account/unknown-region",
      "properties": {
        "templateFile": "S.template.json"
      }
    }
  }
}"#;
    assert_eq!(fs::read_to_string(place.join("manifest.json")).unwrap(), expected);
    assert_eq!(fs::read_to_string(place.join("cdk.out")).unwrap(), r#"{"version":"15.0.0"}"#);
}

#[test]
fn stacks_come_in_the_order_they_deploy() {
    let (_dir, place) = written(&staged());
    let read = Assembly::read(&place).unwrap();
    assert_eq!(names(read.stacks()), ["Prod/Db", "Prod/Web", "Last"]);
    let web = read.select(&["Prod/Web"]).unwrap();
    assert_eq!(names(read.with_upstream(&web)), ["Prod/Db", "Prod/Web"]);
    assert_eq!(names(read.with_downstream(&web)), ["Prod/Web", "Last"]);
}

#[test]
fn stacks_are_chosen_by_any_of_their_names() {
    let (_dir, place) = written(&staged());
    let read = Assembly::read(&place).unwrap();
    let cases: [(&[&str], &[&str]); 6] = [
        (&["*"], &["Last"]),
        (&["**"], &["Prod/Db", "Prod/Web", "Last"]),
        (&["Prod/*"], &["Prod/Db", "Prod/Web"]),
        (&["ProdDb"], &["Prod/Db"]),
        (&["Last", "Prod/Db"], &["Prod/Db", "Last"]),
        (&["L*"], &["Last"]),
    ];
    for (patterns, expected) in cases {
        assert_eq!(names(read.select(patterns).unwrap()), expected, "{patterns:?}");
    }
}

#[test]
fn a_wrong_name_is_answered_with_the_right_ones() {
    let (_dir, place) = written(&staged());
    let read = Assembly::read(&place).unwrap();
    assert_eq!(
        read.select(&["Web"]).unwrap_err().to_string(),
        "no stack matches `Web`; the assembly has `Prod/Db`, `Prod/Web`, `Last`"
    );
    let none: [&str; 0] = [];
    assert!(matches!(read.select(&none), Err(AssemblyError::ChooseStacks { .. })));
    let (_dir, place) = written(&one_stack());
    assert_eq!(names(Assembly::read(&place).unwrap().select(&none).unwrap()), ["S"]);
}

#[test]
fn assets_belong_to_the_stack_that_depends_on_them() {
    let mut out = one_stack();
    let mut assets = AssetManifest::new();
    assets.files.insert(
        "abc".into(),
        FileAsset { display_name: None, source: FileSource::zip("asset.abc"), destinations: BTreeMap::new() },
    );
    out.json("S.assets.json", &assets);
    out.artifact(
        "S.assets",
        Artifact::of_assets(&AssetManifestProperties { file: "S.assets.json".into(), ..Default::default() }),
    );
    out.artifact("S", stack("S.template.json").after("S.assets"));
    let (_dir, place) = written(&out);
    let read = Assembly::read(&place).unwrap();
    let found = read.stacks()[0].assets().unwrap();
    assert_eq!(found[0].manifest, assets);
    assert_eq!(found[0].directory, place);
    assert_eq!(read.stacks()[0].template().unwrap(), r#"{"Resources":{}}"#);
}

#[test]
fn metadata_is_read_with_types() {
    let mut out = one_stack();
    let artifact = stack("S.template.json")
        .with_metadata("/S/Lb", MetadataEntry::patch("alb-egress", "egress tcp/443", "login"))
        .with_metadata("/S/Lb", MetadataEntry::new(MetadataEntry::WARNING, "odd").at("main.rs:1:2"))
        .with_metadata("/S/Lb", MetadataEntry::new(MetadataEntry::LOGICAL_ID, "Lb8A"));
    out.artifact("S", artifact);
    let (_dir, place) = written(&out);
    let read = Assembly::read(&place).unwrap();
    let stack = &read.stacks()[0];
    let patch =
        Patch { name: "alb-egress".into(), path: "S/Lb".into(), what: "egress tcp/443".into(), why: "login".into() };
    assert_eq!(stack.patches(), [patch]);
    let messages = stack.messages();
    assert_eq!(messages.len(), 1);
    assert_eq!((messages[0].level, messages[0].text.as_str()), (Level::Warning, "odd"));
    assert_eq!(messages[0].trace, ["main.rs:1:2"]);
}

#[test]
fn an_assembly_of_a_newer_cdk_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let manifest = r#"{"version":"55.0.0","minimumCliVersion":"2.1148.2","new":1,"artifacts":{
        "Flags":{"type":"cdk:feature-flag-report","properties":{"module":"m","flags":{}}},
        "Odd":{"type":"cdk:unheard-of"},
        "S":{"type":"aws:cloudformation:stack","environment":"aws://1/r","displayName":"S",
             "properties":{"templateFile":"S.json","validateOnSynth":false,"novel":[1]},
             "dependencies":["Odd"],"additionalMetadataFile":"S.metadata.json"}}}"#;
    fs::write(dir.path().join("manifest.json"), manifest).unwrap();
    let metadata = r#"{"/S/Q":[{"type":"aws:cdk:error","data":"no"}]}"#;
    fs::write(dir.path().join("S.metadata.json"), metadata).unwrap();
    let read = Assembly::read(dir.path()).unwrap();
    assert_eq!(names(read.stacks()), ["S"]);
    assert_eq!(read.stacks()[0].messages()[0].level, Level::Error);
    assert_eq!(read.stacks()[0].environment(), &Environment::of("1", "r"));
}

#[test]
fn broken_assemblies_are_explained() {
    let cases = [
        (r#"{"version":"1.0.0","artifacts":{"A":{"type":"x","dependencies":["B"]}}}"#, "depends on `B`"),
        (
            r#"{"version":"1.0.0","artifacts":{"A":{"type":"x","dependencies":["B"]},"B":{"type":"x","dependencies":["A"]}}}"#,
            "`A` -> `B` -> `A`",
        ),
        (
            r#"{"version":"1.0.0","artifacts":{"A":{"type":"aws:cloudformation:stack","properties":{"templateFile":"t"}}}}"#,
            "names no environment",
        ),
        (
            r#"{"version":"1.0.0","artifacts":{"A":{"type":"aws:cloudformation:stack","environment":"aws://1/r","properties":{}}}}"#,
            "missing field `templateFile`",
        ),
        ("[]", "is not what a cloud assembly holds there"),
    ];
    for (manifest, expected) in cases {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("manifest.json"), manifest).unwrap();
        let error = Assembly::read(dir.path()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(Assembly::read(dir.path()), Err(AssemblyError::NotFound { .. })));
}

#[test]
fn writing_replaces_an_assembly_and_nothing_else() {
    let (dir, place) = written(&staged());
    one_stack().write(&place).unwrap();
    assert!(!place.join("assembly-Prod").exists());
    assert_eq!(listing(dir.path()), ["purlin.out"], "nothing is left beside it");

    let precious = dir.path().join("src");
    fs::create_dir(&precious).unwrap();
    fs::write(precious.join("manifest.json"), r#"{"name":"a web app"}"#).unwrap();
    let refused = one_stack().write(&precious);
    assert!(matches!(refused, Err(AssemblyError::WouldReplace { .. })), "{refused:?}");
    assert_eq!(listing(&precious), ["manifest.json"]);

    let empty = dir.path().join("a/b");
    fs::create_dir_all(&empty).unwrap();
    one_stack().write(&empty).unwrap();
    assert!(empty.join("cdk.out").exists());
}

#[test]
fn the_folder_that_the_cdk_made_and_locked_is_filled() {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().join("cdk.out");
    fs::create_dir(&place).unwrap();
    fs::write(place.join("synth.lock"), "4711").unwrap();
    one_stack().write(&place).unwrap();
    assert!(place.join("cdk.out").exists());
    assert_eq!(fs::read_to_string(place.join("synth.lock")).unwrap(), "4711");
}

#[test]
fn a_failed_write_leaves_the_old_assembly() {
    let (dir, place) = written(&one_stack());
    let mut broken = staged();
    broken.copy(dir.path().join("absent"), "asset.x");
    assert!(matches!(broken.write(&place), Err(AssemblyError::Read { .. })));
    assert_eq!(names(Assembly::read(&place).unwrap().stacks()), ["S"]);
    assert_eq!(listing(dir.path()), ["purlin.out"]);
}

#[test]
fn files_stay_inside_the_assembly() {
    for path in ["../x", "/x", "", "a/../../x"] {
        let dir = tempfile::tempdir().unwrap();
        let mut out = one_stack();
        out.file(path, "x");
        let error = out.write(&dir.path().join("out")).unwrap_err();
        assert!(matches!(error, AssemblyError::OutsideAssembly { .. }), "{path}: {error}");
    }
}

#[test]
fn folders_are_copied_without_the_output_inside_them() {
    let dir = tempfile::tempdir().unwrap();
    let app = dir.path().join("app");
    fs::create_dir_all(app.join("src")).unwrap();
    fs::write(app.join("src/main.rs"), "fn main() {}").unwrap();
    let place = app.join("purlin.out");
    let mut out = one_stack();
    out.copy(&app, "asset.1");
    out.write(&place).unwrap();
    out.write(&place).unwrap();
    assert_eq!(listing(&place.join("asset.1")), ["src"]);
    assert_eq!(listing(&place.join("asset.1/src")), ["main.rs"]);
}

#[cfg(unix)]
#[test]
fn links_stay_links_only_inside() {
    use std::os::unix::fs::symlink;
    let dir = tempfile::tempdir().unwrap();
    let app = dir.path().join("app");
    fs::create_dir(&app).unwrap();
    fs::write(dir.path().join("outside"), "out").unwrap();
    fs::write(app.join("a"), "in").unwrap();
    symlink("a", app.join("near")).unwrap();
    symlink("../outside", app.join("far")).unwrap();
    let place = dir.path().join("out");
    let mut out = one_stack();
    out.copy(&app, "asset.1");
    out.write(&place).unwrap();
    assert_eq!(fs::read_link(place.join("asset.1/near")).unwrap(), Path::new("a"));
    assert!(fs::read_link(place.join("asset.1/far")).is_err());
    assert_eq!(fs::read_to_string(place.join("asset.1/far")).unwrap(), "out");

    symlink(dir.path(), app.join("loop")).unwrap();
    let error = out.write(&place).unwrap_err().to_string();
    assert!(error.contains("`loop` is a link to a folder around it"), "{error}");
}

#[cfg(unix)]
#[test]
fn some_files_of_a_folder_are_copied_and_links_stay_links() {
    let dir = tempfile::tempdir().unwrap();
    let app = dir.path().join("app");
    fs::create_dir_all(app.join("src")).unwrap();
    fs::create_dir_all(app.join("target")).unwrap();
    fs::write(app.join("src/main.rs"), "fn main() {}").unwrap();
    fs::write(app.join("target/app"), "binary").unwrap();
    std::os::unix::fs::symlink("main.rs", app.join("src/lib.rs")).unwrap();
    let place = app.join("purlin.out");
    let mut out = one_stack();
    out.copy_files(&app, ["src/lib.rs".to_owned(), "src/main.rs".to_owned()], "asset.1");
    out.write(&place).unwrap();
    assert_eq!(listing(&place.join("asset.1")), ["src"]);
    assert_eq!(listing(&place.join("asset.1/src")), ["lib.rs", "main.rs"]);
    assert_eq!(fs::read_link(place.join("asset.1/src/lib.rs")).unwrap(), Path::new("main.rs"));
}

fn listing(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_trace_leads_to_the_users_own_code() {
    for (frames, expected) in [
        (&["new Web (lib/web.ts:12:5)", "bin/app.ts:3:1"][..], Some("new Web (lib/web.ts:12:5)")),
        (&["...new Queue2 in aws-cdk-lib...", "new Web (lib/web.ts:12:5)"], Some("new Web (lib/web.ts:12:5)")),
        (&["Annotations.addMessage (/x/node_modules/aws-cdk-lib/core/lib/annotations.js:1:1)"], None),
        (&[], None),
    ] {
        let frames: Vec<String> = frames.iter().map(|frame| (*frame).to_owned()).collect();
        let expected = expected.or(frames.first().map(String::as_str));
        assert_eq!(own_frame(&frames), expected, "{frames:?}");
    }
}
