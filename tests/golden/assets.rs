//! Folders and archives as assets: what is hashed, what is refused, and the CDK's names with any bootstrap qualifier.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use purlin::ecs::{ContainerDefinition, ContainerImage, FargateTaskDefinition};
use purlin::lambda::{Architecture, Code, Function, LayerVersion, Runtime};
use purlin::s3_deployment::{BucketDeployment, Source};
use purlin::{App, Environment, RemovalPolicy, Severity, Stack, Stage, Synthesis, s3};
use serde_json::{Value, json};
use tempfile::TempDir;

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("index.py"), "def handler(event, context):\n    pass\n").unwrap();
    fs::create_dir(folder.path().join("lib")).unwrap();
    fs::write(folder.path().join("lib/a.py"), "A = 1\n").unwrap();
    fs::write(folder.path().join("Dockerfile"), "FROM scratch\nCOPY . .\n").unwrap();
    folder
}

/// Adds a construct with a folder.
type Add = fn(&Stack, &Path);

/// The constructs that take a folder; `docker` is the last.
const USES: [(&str, Add); 4] = [
    ("lambda", |stack, path| {
        stack.add("Fn", Function::props(Code::from_asset(Runtime::PYTHON3_13, "index.handler", path)));
    }),
    ("s3", |stack, path| {
        let bucket = stack.add("Bucket", s3::Bucket::props());
        stack.add("Site", BucketDeployment::props(&bucket, Source::folder(path)));
    }),
    ("layer", |stack, path| {
        stack.add("Layer", LayerVersion::props(path));
    }),
    ("docker", |stack, path| {
        let task = stack.add("Task", FargateTaskDefinition::props());
        task.add_container("c", ContainerDefinition::props(ContainerImage::from_asset(path)));
    }),
];

fn synth(build: impl FnOnce(&App)) -> Result<Synthesis, Vec<purlin::Problem>> {
    let app = App::new();
    build(&app);
    app.synth()
}

fn of_folder(add: Add, path: &Path) -> Result<Synthesis, Vec<purlin::Problem>> {
    synth(|app| add(&app.add("Stack", Stack::props()), path))
}

fn file(synthesis: &Synthesis, name: &str) -> Value {
    let (_, content) = synthesis.assembly.files().find(|(path, _)| path.ends_with(name)).unwrap();
    serde_json::from_slice(content).unwrap()
}

#[test]
fn special_files_are_refused_with_their_path_before_they_are_opened() {
    type Make = fn(&Path);
    let make_pipe: Make = |path| assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    let cases: [(&str, Make, &str); 4] = [
        ("lib/pipe", make_pipe, "`lib/pipe` is a named pipe (FIFO)"),
        ("socket", |path| drop(UnixListener::bind(path).unwrap()), "`socket` is a socket"),
        ("lib/zero", |path| symlink("/dev/zero", path).unwrap(), "`lib/zero` is a link to "),
        ("caf", |path| fs::write(bytes(path, b"\xe9"), "x").unwrap(), "has a name that is not text (UTF-8)"),
    ];
    for (name, make, expected) in cases {
        for (used, add) in USES {
            let folder = folder();
            make(&folder.path().join(name));
            let problems = of_folder(add, folder.path()).unwrap_err();
            let [problem] = problems.as_slice() else { panic!("{used} {name}: {problems:?}") };
            assert!(problem.message.contains(expected), "{used}: {problem}");
            assert!(problem.message.contains(folder.path().to_str().unwrap()), "{used}: {problem}");
            assert_eq!(problem.hint.contains(".dockerignore"), used == "docker", "{problem}");
        }
    }
    let folder = folder();
    make_pipe(&folder.path().join("code.zip"));
    let problems = of_folder(USES[0].1, &folder.path().join("code.zip")).unwrap_err();
    assert!(problems[0].message.contains("is neither a folder nor an archive"), "{problems:?}");
}

fn bytes(path: &Path, more: &[u8]) -> std::path::PathBuf {
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    std::ffi::OsString::from_vec([path.as_os_str().as_bytes(), more].concat()).into()
}

#[test]
fn links_to_nothing_are_left_out_with_a_warning_and_without_a_change_of_the_hash() {
    for (used, add) in &USES[..3] {
        let folder = folder();
        let keys = |synthesis: &Synthesis| file(synthesis, "Stack.assets.json")["files"].clone();
        let before = keys(&of_folder(*add, folder.path()).unwrap());
        for name in ["gone", "lib/away"] {
            symlink("../nowhere/cli.js", folder.path().join(name)).unwrap();
        }
        let synthesis = of_folder(*add, folder.path()).unwrap();
        assert_eq!(keys(&synthesis), before, "{used}");
        let [warning] = synthesis.notices.as_slice() else { panic!("{used}: {:?}", synthesis.notices) };
        assert_eq!(warning.severity, Severity::Warning);
        assert!(warning.message.ends_with("packed without them: `gone`, `lib/away`"), "{warning}");
        let place = tempfile::tempdir().unwrap();
        let out = place.path().join("out");
        synthesis.assembly.write(&out).unwrap();
        let copy = fs::read_dir(&out).unwrap().map(|it| it.unwrap().path()).find(|it| it.is_dir()).unwrap();
        assert!(copy.join("lib/a.py").is_file() && fs::symlink_metadata(copy.join("gone")).is_err(), "{used}");
    }
}

#[test]
fn a_build_context_has_the_empty_folders_and_modes_that_docker_would_send() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let hash = || {
        let synthesis = of_folder(USES[3].1, folder.path()).unwrap();
        let images = file(&synthesis, "Stack.assets.json")["dockerImages"].clone();
        images.as_object().unwrap().keys().next().unwrap().clone()
    };
    let mut seen = vec![hash()];
    let mut changed = |what: &str| {
        let now = hash();
        assert!(!seen.contains(&now), "{what}");
        seen.push(now);
    };
    fs::create_dir_all(at("uploads/deep")).unwrap();
    changed("an empty folder");
    fs::create_dir(at("run")).unwrap();
    changed("another one");
    for (folder, mode) in [("run", 0o1777), ("run", 0o777), ("lib", 0o2755)] {
        fs::set_permissions(at(folder), fs::Permissions::from_mode(mode)).unwrap();
        changed(&format!("mode {mode:o} of {folder}"));
    }
    let last = seen.pop().unwrap();
    for mode in [0o2775, 0o2700] {
        fs::set_permissions(at("lib"), fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(hash(), last, "what an umask makes of a mode does not count: {mode:o}");
    }
    fs::create_dir_all(at("ignored/empty")).unwrap();
    fs::create_dir(at("logs")).unwrap();
    fs::write(at("logs/a.log"), "x").unwrap();
    fs::write(at(".dockerignore"), "ignored\nlogs/*\n").unwrap();
    let synthesis = of_folder(USES[3].1, folder.path()).unwrap();
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    synthesis.assembly.write(&out).unwrap();
    let copy = fs::read_dir(&out).unwrap().map(|it| it.unwrap().path()).find(|it| it.is_dir()).unwrap();
    let mode = |name: &str| fs::metadata(copy.join(name)).unwrap().permissions().mode() & 0o7777;
    assert_eq!(
        (mode("run"), mode("lib"), mode("uploads/deep")),
        (0o777, 0o2700, fs::metadata(at("uploads/deep")).unwrap().permissions().mode() & 0o7777)
    );
    assert!(!copy.join("ignored").exists() && fs::read_dir(copy.join("logs")).unwrap().next().is_none());
}

#[test]
fn archives_are_uploaded_as_they_are_under_the_hash_of_their_bytes() {
    let folder = folder();
    let zip = b"PK\x03\x04 as far as this test goes";
    let hash = "89e37898bee9bb7b8d42fda896db96158703e183c0a2068632a4d3dd9d115d13";
    for name in ["code.zip", "lib.jar", "UPPER.ZIP"] {
        let path = folder.path().join(name);
        fs::write(&path, zip).unwrap();
        for (used, add) in &USES[..3] {
            let synthesis = of_folder(*add, &path).unwrap();
            assert!(synthesis.notices.is_empty(), "{used}: {:?}", synthesis.notices);
            let extension = name.rsplit('.').next().unwrap();
            let asset = &file(&synthesis, "Stack.assets.json")["files"][hash];
            assert_eq!(asset["source"]["packaging"], "file", "{used} {name}");
            assert_eq!(asset["source"]["path"], format!("asset.{hash}.{extension}"), "{used} {name}");
            assert_eq!(asset["destinations"]["current"]["objectKey"], format!("{hash}.{extension}"), "{used} {name}");
            let template = synthesis.stacks[0].template.to_string();
            assert!(template.contains(&format!("{hash}.{extension}")), "{used} {name}");
        }
    }
    // The same bytes under two extensions are two objects.
    let both = synth(|app| {
        let stack = app.add("Stack", Stack::props());
        for (id, name) in [("Zip", "code.zip"), ("Jar", "lib.jar")] {
            let code = Code::from_asset(Runtime::JAVA21, "x.H::h", folder.path().join(name));
            stack.add(id, Function::props(code));
        }
    });
    let both = both.unwrap();
    let manifest = file(&both, "Stack.assets.json");
    let keys: Vec<&Value> =
        manifest["files"][hash]["destinations"].as_object().unwrap().values().map(|it| &it["objectKey"]).collect();
    assert_eq!(keys, [&format!("{hash}.zip"), &format!("{hash}.jar")]);

    let text = folder.path().join("text.zip");
    fs::write(&text, "no archive").unwrap();
    let synthesis = of_folder(USES[0].1, &text).unwrap();
    assert!(synthesis.notices[0].message.contains("does not begin as a zip archive does"), "{:?}", synthesis.notices);
    for (name, expected) in
        [("code.tar.gz", "neither a folder nor an archive (`.zip`, `.jar`)"), ("none.zip", "is not a folder")]
    {
        fs::write(folder.path().join("code.tar.gz"), "x").unwrap();
        let problems = of_folder(USES[0].1, &folder.path().join(name)).unwrap_err();
        assert!(problems[0].message.contains(expected), "{problems:?}");
    }
}

/// The template of the CDK 2.276.0 for the same layer, but for the asset's place.
#[test]
fn a_layer_is_that_of_the_cdk() {
    let folder = folder();
    let synthesis = synth(|app| {
        let stack = app.add("A", Stack::props());
        let layer = LayerVersion::props(folder.path()).name("shared").description("Shared code").license("MIT");
        let layer = layer.runtime(Runtime::PYTHON3_13).runtime(Runtime::PYTHON3_14).architecture(Architecture::Arm64);
        let layer = stack.add("Layer", layer.removal_policy(RemovalPolicy::Retain));
        let code = Code::from_asset(Runtime::PYTHON3_13, "index.handler", folder.path());
        stack.add("Fn", Function::props(code).layer(layer.arn()));
    });
    let template = &synthesis.unwrap().stacks[0].template["Resources"];
    let mut layer = template["LayerB20D2F06"].clone();
    layer["Properties"].as_object_mut().unwrap().remove("Content").expect("a layer has content");
    layer.as_object_mut().unwrap().remove("Metadata");
    assert_eq!(
        layer,
        json!({
            "Type": "AWS::Lambda::LayerVersion",
            "Properties": {
                "CompatibleArchitectures": ["arm64"],
                "CompatibleRuntimes": ["python3.13", "python3.14"],
                "Description": "Shared code",
                "LayerName": "shared",
                "LicenseInfo": "MIT",
            },
            "UpdateReplacePolicy": "Retain",
            "DeletionPolicy": "Retain",
        })
    );
    assert_eq!(template["Fn9270CBC0"]["Properties"]["Layers"], json!([{ "Ref": "LayerB20D2F06" }]));
}

/// The names that the CDK 2.276.0 writes for the same app with `DefaultStackSynthesizer({ qualifier })`.
#[test]
fn the_qualifier_of_the_bootstrap_stack_is_part_of_all_names() {
    let folder = folder();
    let with = |qualifier: Option<&str>, context: Option<Value>, in_stage: bool| {
        synth(|app| {
            if let Some(value) = context {
                app.set_context("@aws-cdk/core:bootstrapQualifier", value);
            }
            let props = match qualifier {
                Some(qualifier) => Stack::props().qualifier(qualifier),
                None => Stack::props(),
            };
            let stack = if in_stage {
                app.add("Prod", Stage::props().env(Environment::of("111122223333", "eu-west-1"))).add("Stack", props)
            } else {
                app.add("Stack", props)
            };
            for (_, add) in USES {
                add(&stack, folder.path());
            }
        })
    };
    for (qualifier, context, expected) in [
        (None, None, "hnb659fds"),
        (Some("myqual"), None, "myqual"),
        (None, Some("ctx".into()), "ctx"),
        (Some("A_b-c"), Some("ctx".into()), "A_b-c"),
        (None, Some(1234.into()), "1234"),
        (None, Some(Value::Null), "hnb659fds"),
    ] {
        let synthesis = with(qualifier, context, false).unwrap();
        let assets = file(&synthesis, "Stack.assets.json");
        for asset in assets["files"].as_object().unwrap().values() {
            let place = &asset["destinations"]["current"];
            assert_eq!(place["bucketName"], format!("cdk-{expected}-assets-${{AWS::AccountId}}-${{AWS::Region}}"));
            let role = format!(
                "arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/cdk-{expected}-file-publishing-role-${{AWS::AccountId}}-${{AWS::Region}}"
            );
            assert_eq!(place["assumeRoleArn"], role);
        }
        for image in assets["dockerImages"].as_object().unwrap().values() {
            let place = &image["destinations"]["current"];
            assert_eq!(
                place["repositoryName"],
                format!("cdk-{expected}-container-assets-${{AWS::AccountId}}-${{AWS::Region}}")
            );
            let role = format!(
                "arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/cdk-{expected}-image-publishing-role-${{AWS::AccountId}}-${{AWS::Region}}"
            );
            assert_eq!(place["assumeRoleArn"], role);
        }
        let artifacts = &synthesis.assembly.manifest.artifacts;
        for id in ["Stack", "Stack.assets"] {
            let parameter = &artifacts[id].properties["bootstrapStackVersionSsmParameter"];
            assert_eq!(parameter, &Value::from(format!("/cdk-bootstrap/{expected}/version")), "{id}");
        }
        let template = synthesis.stacks[0].template.to_string();
        assert_eq!(template.contains("hnb659fds"), expected == "hnb659fds", "{template}");
        assert!(
            template.contains(&format!("cdk-{expected}-assets-"))
                && template.contains(&format!("cdk-{expected}-container-assets-"))
        );
    }
    let staged = with(None, Some("ctx".into()), true).unwrap();
    let (_, inner) = staged.assembly.nested().next().unwrap();
    let assets: Value = serde_json::from_slice(
        inner.files().find(|(path, _)| path.to_str().unwrap().ends_with(".assets.json")).unwrap().1,
    )
    .unwrap();
    assert!(assets.to_string().contains("cdk-ctx-assets-111122223333-eu-west-1"), "{assets}");

    let app = App::new();
    app.set_qualifier("of-app");
    let prod = app.add("Prod", Stage::props());
    prod.set_qualifier("of-stage");
    let found =
        [app.add("A", Stack::props()), prod.add("B", Stack::props()), prod.add("C", Stack::props().qualifier("own"))];
    assert_eq!(found.map(|stack| stack.qualifier()), ["of-app", "of-stage", "own"]);

    for wrong in ["", "has space", "elevenchars", "q.x", "größe"] {
        for (qualifier, context) in [(Some(wrong), None), (None, Some(Value::from(wrong)))] {
            let problems = with(qualifier, context, false).unwrap_err();
            assert!(problems[0].message.starts_with(&format!("the bootstrap qualifier is `{wrong}`")), "{problems:?}");
            assert!(problems[0].hint.contains("purlin bootstrap --qualifier"), "{problems:?}");
        }
    }
}

#[test]
fn a_command_that_needs_names_alone_reads_no_assets() {
    let app = App::new();
    app.leave_assets_unread();
    let stack = app.add("Stack", Stack::props());
    for (_, add) in USES {
        add(&stack, Path::new("/nowhere"));
    }
    assert_eq!(app.synth().unwrap().stacks[0].name, "Stack");
}
