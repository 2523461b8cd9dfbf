//! An account is prepared by Purlin or by the CDK, and either tool then deploys an app with assets to it, in the
//! roles of the bootstrap stack.

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

/// The object that the app's folder becomes.
const KEY: &str = "5f2c.zip";

#[test]
fn purlin_prepares_an_account_for_both_tools() {
    let world = World::new();
    let app = app(&world, "app", 6);
    let place = format!("aws://{ACCOUNT}/{REGION}");

    let early = deploy(&world, &app);
    assert_eq!(early.code, Some(4), "{}", early.said);
    let missing = format!("needs bootstrap version 6, but account `{ACCOUNT}` has no bootstrap stack in `{REGION}`");
    assert!(early.said.contains(&missing), "{}", early.said);
    assert!(early.said.contains(&format!("`purlin bootstrap {place}`")), "{}", early.said);

    let bootstrapped = world.purlin(&["bootstrap", &place, "--yes"]);
    assert_eq!(bootstrapped.code, Some(0), "{}", bootstrapped.said);
    assert!(bootstrapped.said.contains("may do everything (`AdministratorAccess`)"), "{}", bootstrapped.said);
    let again = world.purlin(&["bootstrap", "--yes"]);
    assert!(again.said.contains("CDKToolkit: nothing to do"), "{}", again.said);

    let deployed = deploy(&world, &app);
    assert_eq!(deployed.code, Some(0), "{}", deployed.said);
    assert!(deployed.said.contains("asset code: published"), "{}", deployed.said);
    assert!(!deployed.said.contains("your own credentials"), "the roles can be used: {}", deployed.said);
    assert_eq!(world.aws.object(&bucket(), KEY), 200);

    let by_cdk = world.cdk(&["--app", &app.to_string_lossy(), "--no-notices", "deploy", "--require-approval", "never"]);
    assert_eq!(by_cdk.code, Some(0), "{}", by_cdk.said);
    assert!(by_cdk.said.contains("no changes"), "{}", by_cdk.said);
}

#[test]
fn the_cdk_prepares_an_account_for_both_tools() {
    let world = World::new();
    let prepared = world.cdk(&["bootstrap", &format!("aws://{ACCOUNT}/{REGION}"), "--no-notices"]);
    assert_eq!(prepared.code, Some(0), "{}", prepared.said);

    let app_of_today = app(&world, "app", 6);
    let by_cdk =
        world.cdk(&["--app", &app_of_today.to_string_lossy(), "--no-notices", "deploy", "--require-approval", "never"]);
    assert_eq!(by_cdk.code, Some(0), "{}", by_cdk.said);
    assert_eq!(world.aws.object(&bucket(), KEY), 200);
    let deployed = deploy(&world, &app_of_today);
    assert_eq!(deployed.code, Some(0), "{}", deployed.said);
    assert!(deployed.said.contains("nothing to do"), "{}", deployed.said);
    assert!(!deployed.said.contains("asset code: uploading"), "it is there: {}", deployed.said);

    let of_tomorrow = deploy(&world, &app(&world, "tomorrow", 99));
    assert_eq!(of_tomorrow.code, Some(4), "{}", of_tomorrow.said);
    assert!(of_tomorrow.said.contains("needs bootstrap version 99"), "{}", of_tomorrow.said);

    let limits =
        ["--trust", "111122223333", "--cloudformation-execution-policies", "arn:aws:iam::aws:policy/PowerUserAccess"];
    let taken_over = world.purlin(&[&["bootstrap", "--yes"], &limits[..]].concat());
    assert_eq!(taken_over.code, Some(0), "{}", taken_over.said);
    assert!(taken_over.said.contains("CDKToolkit: updated"), "{}", taken_over.said);
    let unlimited = world.purlin(&["bootstrap", "--yes", "--cloudformation-execution-policies", ""]);
    assert!(unlimited.said.contains("nobody said what their deployments may do"), "{}", unlimited.said);
}

#[test]
fn a_bootstrap_stack_is_found_by_its_qualifier() {
    let world = World::new();
    let own = ["bootstrap", "--yes", "--qualifier", "team", "--toolkit-stack-name", "TeamBootstrap"];
    let prepared = world.purlin(&own);
    assert_eq!(prepared.code, Some(0), "{}", prepared.said);
    let app = app_with(&world, "app", 6, "team");
    let deployed = deploy(&world, &app);
    assert_eq!(deployed.code, Some(0), "{}", deployed.said);
    assert_eq!(world.aws.object(&bucket().replace("hnb659fds", "team"), KEY), 200);
    let other = world.purlin(&["bootstrap", "--yes", "--qualifier", "other", "--toolkit-stack-name", "TeamBootstrap"]);
    assert!(other.said.contains("it has qualifier `team`"), "{}", other.said);
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

/// An assembly as the CDK writes it: a stack with a folder as an asset, and the roles of the bootstrap stack.
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
        // No role: the emulator has no TLS, without which the bucket's policy lets nobody in but its owner.
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
