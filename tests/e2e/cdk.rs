//! The CDK's command line lists, synthesizes and deploys an assembly of Purlin.

use super::readback::balancer;
use super::world::World;
use crate::programs::synthesize;

#[test]
fn the_cdk_lists_synthesizes_and_deploys_the_assembly() {
    let world = World::new();
    // A separate folder, because the CDK leaves locks in it.
    let folder = tempfile::tempdir().unwrap();
    synthesize(folder.path());
    let app = folder.path().to_string_lossy();
    for (arguments, expected) in [
        (&["ls"][..], "CognitoAlbFargate"),
        (&["synth", "CognitoAlbFargate"], "authenticate-cognito"),
        (&["deploy", "--require-approval", "never", "CognitoAlbFargate"], "CognitoAlbFargate"),
        (&["deploy", "--require-approval", "never", "CognitoAlbFargate"], "no changes"),
    ] {
        let outcome = world.cdk(&[&["--app", &*app, "--no-notices", "--no-color"], arguments].concat());
        assert_eq!(outcome.code, Some(0), "{arguments:?}: {}", outcome.output);
        assert!(outcome.output.contains(expected), "{arguments:?}: {}", outcome.output);
    }
    assert_eq!(balancer(world.aws)["Scheme"], "internet-facing");
}
