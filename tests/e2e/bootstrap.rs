//! Purlin or the CDK bootstraps an account, and then each tool deploys an app with assets to it, with the roles of the
//! bootstrap stack.

use std::fs;
use std::path::{Path, PathBuf};

use purlin_assembly::{
    Artifact, AssetManifest, AssetManifestProperties, CloudAssembly, Environment, FileAsset, FileDestination,
    FileSource, StackProperties,
};
use serde_json::json;

use super::aws::REGION;
use super::world::{Outcome, World};

const ACCOUNT: &str = "000000000000";
const PARAMETER: &str = "/cdk-bootstrap/hnb659fds/version";

/// The S3 key of the app's folder.
const KEY: &str = "5f2c.zip";

#[test]
fn purlin_bootstraps_an_account_for_both_tools() {
    let world = World::new();
    let app = app(&world, "app", 6);
    let environment = format!("aws://{ACCOUNT}/{REGION}");

    let early = deploy(&world, &app);
    assert_eq!(early.code, Some(4), "{}", early.output);
    let missing = format!("needs bootstrap version 6, but account `{ACCOUNT}` has no bootstrap stack in `{REGION}`");
    assert!(early.output.contains(&missing), "{}", early.output);
    assert!(early.output.contains(&format!("`purlin bootstrap {environment}`")), "{}", early.output);

    let bootstrapped = world.purlin(&["bootstrap", &environment, "--yes"]);
    assert_eq!(bootstrapped.code, Some(0), "{}", bootstrapped.output);
    assert!(bootstrapped.output.contains("have all permissions (`AdministratorAccess`)"), "{}", bootstrapped.output);
    let again = world.purlin(&["bootstrap", "--yes"]);
    assert!(again.output.contains("CDKToolkit: nothing to do"), "{}", again.output);

    let deployed = deploy(&world, &app);
    assert_eq!(deployed.code, Some(0), "{}", deployed.output);
    assert!(deployed.output.contains("asset code: published"), "{}", deployed.output);
    assert!(!deployed.output.contains("your own credentials"), "the roles can be used: {}", deployed.output);
    assert_eq!(world.aws.object(&bucket(), KEY), 200);

    let by_cdk = world.cdk(&["--app", &app.to_string_lossy(), "--no-notices", "deploy", "--require-approval", "never"]);
    assert_eq!(by_cdk.code, Some(0), "{}", by_cdk.output);
    assert!(by_cdk.output.contains("no changes"), "{}", by_cdk.output);
}

#[test]
fn the_cdk_bootstraps_an_account_for_both_tools() {
    let world = World::new();
    let bootstrapped = world.cdk(&["bootstrap", &format!("aws://{ACCOUNT}/{REGION}"), "--no-notices"]);
    assert_eq!(bootstrapped.code, Some(0), "{}", bootstrapped.output);

    let current_app = app(&world, "app", 6);
    let by_cdk =
        world.cdk(&["--app", &current_app.to_string_lossy(), "--no-notices", "deploy", "--require-approval", "never"]);
    assert_eq!(by_cdk.code, Some(0), "{}", by_cdk.output);
    assert_eq!(world.aws.object(&bucket(), KEY), 200);
    let deployed = deploy(&world, &current_app);
    assert_eq!(deployed.code, Some(0), "{}", deployed.output);
    assert!(deployed.output.contains("nothing to do"), "{}", deployed.output);
    assert!(!deployed.output.contains("asset code: uploading"), "it is published already: {}", deployed.output);

    let newer_app = deploy(&world, &app(&world, "newer", 99));
    assert_eq!(newer_app.code, Some(4), "{}", newer_app.output);
    assert!(newer_app.output.contains("needs bootstrap version 99"), "{}", newer_app.output);

    let limits =
        ["--trust", "111122223333", "--cloudformation-execution-policies", "arn:aws:iam::aws:policy/PowerUserAccess"];
    let updated = world.purlin(&[&["bootstrap", "--yes"], &limits[..]].concat());
    assert_eq!(updated.code, Some(0), "{}", updated.output);
    assert!(updated.output.contains("CDKToolkit: updated"), "{}", updated.output);
    let unlimited = world.purlin(&["bootstrap", "--yes", "--cloudformation-execution-policies", ""]);
    assert!(unlimited.output.contains("there are no policies for their deployments"), "{}", unlimited.output);
}

#[test]
fn a_bootstrap_stack_is_found_by_its_qualifier() {
    let world = World::new();
    let own = ["bootstrap", "--yes", "--qualifier", "team", "--toolkit-stack-name", "TeamBootstrap"];
    let bootstrapped = world.purlin(&own);
    assert_eq!(bootstrapped.code, Some(0), "{}", bootstrapped.output);
    let app = app_with(&world, "app", 6, "team");
    let deployed = deploy(&world, &app);
    assert_eq!(deployed.code, Some(0), "{}", deployed.output);
    assert_eq!(world.aws.object(&bucket().replace("hnb659fds", "team"), KEY), 200);
    let other = world.purlin(&["bootstrap", "--yes", "--qualifier", "other", "--toolkit-stack-name", "TeamBootstrap"]);
    assert!(other.output.contains("it has qualifier `team`"), "{}", other.output);
}

fn deploy(world: &World, app: &Path) -> Outcome {
    world.purlin(&["deploy", "--yes", "--app", &app.to_string_lossy()])
}

fn bucket() -> String {
    format!("cdk-hnb659fds-assets-{ACCOUNT}-{REGION}")
}

fn app(world: &World, name: &str, required: u32) -> PathBuf {
    app_with(world, name, required, "hnb659fds")
}

/// An assembly like the CDK's: a stack with a folder as an asset, and the roles of the bootstrap stack.
fn app_with(world: &World, name: &str, required: u32, qualifier: &str) -> PathBuf {
    let role = |kind: &str| {
        let text =
            format!("arn:${{AWS::Partition}}:iam::{ACCOUNT}:role/cdk-{qualifier}-{kind}-role-{ACCOUNT}-{REGION}");
        Some(text)
    };
    let parameter = Some(PARAMETER.replace("hnb659fds", qualifier));
    let destination = FileDestination {
        bucket_name: bucket().replace("hnb659fds", qualifier),
        object_key: KEY.to_owned(),
        region: Some(REGION.to_owned()),
        // No role: the emulator has no TLS, and without TLS the bucket's policy allows only the account itself.
        ..FileDestination::default()
    };
    let mut assets = AssetManifest::new();
    let destinations = [("current".to_owned(), destination)].into();
    assets
        .files
        .insert("code".to_owned(), FileAsset { display_name: None, source: FileSource::zip("code"), destinations });
    let queue = json!({"Resources": {"Jobs": {"Type": "AWS::SQS::Queue"}}});
    let mut out = CloudAssembly::new();
    out.json("Web.template.json", &queue).json("Web.assets.json", &assets).file("code/main.py", "print(1)\n");
    let properties = AssetManifestProperties {
        file: "Web.assets.json".to_owned(),
        requires_bootstrap_stack_version: Some(required),
        bootstrap_stack_version_ssm_parameter: parameter.clone(),
    };
    out.artifact("Web.assets", Artifact::of_assets(&properties));
    let properties = StackProperties {
        assume_role_arn: role("deploy"),
        cloud_formation_execution_role_arn: role("cfn-exec"),
        requires_bootstrap_stack_version: Some(required),
        bootstrap_stack_version_ssm_parameter: parameter,
        ..StackProperties::new("Web.template.json")
    };
    out.artifact("Web", Artifact::of_stack(&Environment::of(ACCOUNT, REGION), &properties).after("Web.assets"));
    let folder = PathBuf::from(world.path(name));
    fs::create_dir(&folder).unwrap();
    out.write(&folder).unwrap();
    folder
}
