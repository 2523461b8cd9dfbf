//! Deletions, and what they leave.

use purlin_deploy::{DeployError, DestroyOptions, Destroyed, Event};

use crate::Fixture;
use crate::answers::{STACK, done, events, no_stack, stack, stack_with};

async fn destroy(fixture: &Fixture) -> Result<Destroyed, DeployError> {
    let session = fixture.session().await;
    let observer = |_: &str, event: Event| fixture.record(event);
    Box::pin(session.destroy(fixture.stack(), &DestroyOptions::default(), &observer)).await
}

#[tokio::test]
async fn a_stack_that_others_import_from_is_not_waited_for() {
    let why = "Export Web:Vpc cannot be deleted as it is in use by Api";
    let fixture = Fixture::of(&[
        ("DescribeStacks", vec![stack("UPDATE_COMPLETE"), stack("DELETE_IN_PROGRESS"), stack("UPDATE_COMPLETE")]),
        (
            "DescribeStackEvents",
            vec![
                events(&[(1, "Web", "UPDATE_COMPLETE", "")], None),
                events(&[(2, "Web", "DELETE_IN_PROGRESS", ""), (3, "Web", "UPDATE_COMPLETE", why)], None),
            ],
        ),
        ("DeleteStack", vec![done("DeleteStack")]),
    ]);
    let refused = destroy(&fixture).await.unwrap_err();
    assert_eq!(refused.to_string(), format!("CloudFormation refuses stack `Web`: {why}"));
    assert!(refused.hint().unwrap().contains("another stack imports"), "{:?}", refused.hint());
}

#[tokio::test]
async fn retained_resources_are_named() {
    let story =
        [(2, "Web", "DELETE_IN_PROGRESS", ""), (3, "Jobs", "DELETE_SKIPPED", ""), (4, "Mail", "DELETE_COMPLETE", "")];
    let fixture = Fixture::of(&[
        ("DescribeStacks", vec![stack("CREATE_COMPLETE"), stack("DELETE_IN_PROGRESS"), stack("DELETE_COMPLETE")]),
        ("DescribeStackEvents", vec![events(&[(1, "Web", "CREATE_COMPLETE", "")], None), events(&story, None)]),
        ("DeleteStack", vec![done("DeleteStack")]),
    ]);
    let Destroyed::Gone { retained } = destroy(&fixture).await.unwrap() else { panic!("it was there") };
    let names: Vec<&str> = retained.iter().map(|resource| resource.logical_id.as_str()).collect();
    assert_eq!(names, ["Jobs"]);
    assert_eq!(fixture.server.call("DeleteStack").fields["StackName"], STACK);
    assert!(fixture.server.count("DescribeStacks") >= 3);
}

#[tokio::test]
async fn a_failed_deletion_names_its_failures() {
    let story = [
        (2, "Jobs", "DELETE_FAILED", "in use"),
        (3, "Web", "DELETE_FAILED", "The following resource(s) failed to delete: [Jobs]."),
    ];
    let fixture = Fixture::of(&[
        ("DescribeStacks", vec![stack("CREATE_COMPLETE"), stack("DELETE_FAILED")]),
        ("DescribeStackEvents", vec![events(&[(1, "Web", "CREATE_COMPLETE", "")], None), events(&story, None)]),
        ("DeleteStack", vec![done("DeleteStack")]),
    ]);
    let Err(DeployError::DeletionFailed { failures, .. }) = destroy(&fixture).await else { panic!("it failed") };
    assert_eq!(failures.len(), 1);
    assert_eq!((failures[0].logical_id.as_str(), failures[0].reason.as_str()), ("Jobs", "in use"));
}

#[tokio::test]
async fn missing_and_protected_stacks_are_not_deleted() {
    let fixture = Fixture::of(&[("DescribeStacks", vec![no_stack()])]);
    assert_eq!(destroy(&fixture).await.unwrap(), Destroyed::NotThere);
    assert!(fixture.server.changes().is_empty());

    let protected = "<EnableTerminationProtection>true</EnableTerminationProtection>";
    let fixture = Fixture::of(&[("DescribeStacks", vec![stack_with("CREATE_COMPLETE", protected)])]);
    assert!(matches!(destroy(&fixture).await, Err(DeployError::Protected { .. })));
    let scene_busy = Fixture::of(&[("DescribeStacks", vec![stack("UPDATE_IN_PROGRESS")])]);
    assert!(matches!(destroy(&scene_busy).await, Err(DeployError::Busy { .. })));
    assert!(fixture.server.changes().is_empty() && scene_busy.server.changes().is_empty());
}
