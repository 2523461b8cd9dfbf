//! Assets and large templates go through the bootstrap bucket, and only once.

use std::path::Path;

use purlin_assembly::{
    Artifact, AssetManifest, AssetManifestProperties, CloudAssembly, Environment, FileAsset, FileDestination,
    FileSource, StackProperties,
};
use purlin_deploy::{AssetStep, DeployOptions, Event};
use serde_json::{Value, json};

use crate::Fixture;
use crate::answers::{change_set, created, done, events, ok, stack};
use crate::server::Answer;

/// An assembly whose stack has its own template and a folder as assets.
fn write(folder: &Path, template: &Value) {
    let destination = |key: &str| FileDestination {
        bucket_name: "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}".into(),
        object_key: key.into(),
        ..FileDestination::default()
    };
    let asset = |source: FileSource, key: &str| FileAsset {
        display_name: None,
        source,
        destinations: [("here".to_owned(), destination(key))].into(),
    };
    let mut assets = AssetManifest::new();
    assets.files.insert("template".into(), asset(FileSource::file("Web.template.json"), "template.json"));
    assets.files.insert("code".into(), asset(FileSource::zip("code"), "code.zip"));
    let mut out = CloudAssembly::new();
    out.json("Web.template.json", template).json("Web.assets.json", &assets).file("code/main.py", "print(1)");
    let properties = AssetManifestProperties { file: "Web.assets.json".into(), ..AssetManifestProperties::default() };
    out.artifact("Web.assets", Artifact::of_assets(&properties));
    let stack = Artifact::of_stack(&Environment::agnostic(), &StackProperties::new("Web.template.json"));
    out.artifact("Web", stack.after("Web.assets"));
    out.write(folder).expect("an empty folder");
}

fn listing(keys: &[&str]) -> Answer {
    let keys: Vec<String> = keys.iter().map(|key| format!("<Contents><Key>{key}</Key></Contents>")).collect();
    Answer { status: 200, body: format!("<ListBucketResult>{}</ListBucketResult>", keys.concat()) }
}

async fn deploy(fixture: &Fixture) {
    let session = fixture.session().await;
    let observer = |_: &str, event: Event| fixture.record(event);
    Box::pin(session.deploy(fixture.stack(), &DeployOptions::default(), &observer))
        .await
        .expect("every call is answered");
}

fn fixture(template: &Value, listed: Answer) -> Fixture {
    let empty = Answer { status: 200, body: String::new() };
    let answers = [
        ("DescribeStacks", vec![stack("CREATE_COMPLETE"), stack("UPDATE_COMPLETE")]),
        ("CreateChangeSet", vec![created()]),
        ("DescribeChangeSet", vec![change_set(&["~Jobs"], None)]),
        ("DeleteChangeSet", vec![done("DeleteChangeSet")]),
        ("GetTemplate", vec![ok("GetTemplate", &format!("<TemplateBody>{template}</TemplateBody>"))]),
        ("ExecuteChangeSet", vec![done("ExecuteChangeSet")]),
        (
            "DescribeStackEvents",
            vec![events(&[(1, "Web", "UPDATE_IN_PROGRESS", ""), (2, "Web", "UPDATE_COMPLETE", "")], None)],
        ),
        ("GET bucket", vec![listed]),
        ("PUT bucket", vec![empty.clone()]),
        ("PUT object", vec![empty]),
    ];
    Fixture::written(&answers, |folder| write(folder, template))
}

#[tokio::test]
async fn a_folder_is_packed_and_a_small_template_is_sent_inline() {
    let fixture = fixture(&crate::template(), listing(&["code.zip.old"]));
    deploy(&fixture).await;
    let upload = fixture.server.call("PUT object").fields;
    assert_eq!(upload["path"], "/cdk-hnb659fds-assets-000000000000-eu-west-1/code.zip");
    assert!(upload["body"].contains("main.py"), "the archive names its files");
    assert_eq!(fixture.server.count("PUT object"), 1, "the template is not uploaded");
    assert!(fixture.server.call("CreateChangeSet").fields.contains_key("TemplateBody"));
}

#[tokio::test]
async fn existing_assets_are_not_uploaded_again() {
    let fixture = fixture(&crate::template(), listing(&["code.zip"]));
    deploy(&fixture).await;
    assert_eq!(fixture.server.count("PUT object"), 0);
    let recorded_events = fixture.recorded_events.lock().unwrap();
    let is_present = |event: &Event| matches!(event, Event::Asset { step: AssetStep::Present, .. });
    assert!(recorded_events.iter().any(is_present));
}

#[tokio::test]
async fn a_large_template_is_sent_by_url() {
    let large = json!({"Resources": {"Jobs": {"Type": "AWS::SQS::Queue", "Metadata": {"x": "x".repeat(60_000)}}}});
    let fixture = fixture(&large, listing(&["code.zip", "template.json"]));
    deploy(&fixture).await;
    let fields = fixture.server.call("CreateChangeSet").fields;
    let url = &fields["TemplateURL"];
    assert!(url.contains("/cdk-hnb659fds-assets-000000000000-eu-west-1/purlin-templates/"), "{url}");
    assert!(fixture.server.call("PUT object").fields["path"].contains("/purlin-templates/"));
}

#[tokio::test]
async fn an_asset_of_several_stacks_is_published_once() {
    let fixture = fixture(&crate::template(), listing(&[]));
    let session = fixture.session().await.with_assets_at_once(1);
    let observer = |_: &str, event: Event| fixture.record(event);
    for _ in 0..2 {
        Box::pin(session.deploy(fixture.stack(), &DeployOptions::default(), &observer)).await.unwrap();
    }
    assert_eq!(fixture.server.count("PUT object"), 1);
    assert_eq!(fixture.server.count("GET bucket"), 1, "what was published in this run is not asked for");
}

#[tokio::test]
async fn an_archive_without_content_is_replaced() {
    let empty = "<Contents><Key>code.zip</Key><Size>22</Size></Contents>";
    let listed = Answer { status: 200, body: format!("<ListBucketResult>{empty}</ListBucketResult>") };
    let fixture = fixture(&crate::template(), listed);
    deploy(&fixture).await;
    assert_eq!(fixture.server.count("PUT object"), 1);
}

#[tokio::test]
async fn a_bucket_of_another_account_gets_nothing() {
    let denied = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
    let fixture = fixture(&crate::template(), Answer { status: 403, body: denied.to_owned() });
    let session = fixture.session().await;
    let observer = |_: &str, event: Event| fixture.record(event);
    let error = Box::pin(session.deploy(fixture.stack(), &DeployOptions::default(), &observer)).await.unwrap_err();
    let expected = "bucket `cdk-hnb659fds-assets-000000000000-eu-west-1` does not let account `000000000000` in: \
                    ListObjectsV2 failed: Access Denied";
    assert_eq!(error.to_string(), expected);
    assert!(error.hint().is_some_and(|hint| hint.contains("another account")));
    assert_eq!(fixture.server.count("PUT object"), 0);
}
