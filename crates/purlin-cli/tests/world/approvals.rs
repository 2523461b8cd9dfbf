//! What is asked before harm is done: resources that the template does not show, values of parameters, accounts of users.

use serde_json::{Value, json};

use crate::user::User;

const ALL: &str = "this acknowledges CAPABILITY_IAM, CAPABILITY_NAMED_IAM, CAPABILITY_AUTO_EXPAND";

/// The first deployment is agreed to; the second is asked about, and nothing happens without an answer.
fn is_asked_about(before: Value, edit: impl FnOnce(&mut Value), expected: &[&str]) {
    let user = User::with(&[("Web", before)]);
    user.world().objects.insert("https://child/1".into(), json!({"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}));
    let first = user.runs("deploy Web --unchecked --yes");
    assert_eq!(first.code, Some(0), "{first:#?}");
    user.edits("Web", edit);
    let ended = user.runs("deploy Web --unchecked");
    assert_eq!(ended.code, Some(4), "{ended:#?}");
    for expected in expected {
        assert!(ended.err.contains(expected), "`{expected}` is not in {}", ended.err);
    }
    assert!(user.world().leftovers().is_empty(), "{:?}", user.world().leftovers());
}

fn queue() -> Value {
    json!({"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}})
}

#[test]
fn resources_that_the_template_does_not_show_need_approval() {
    let nested = |url: &str| json!({"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}});
    is_asked_about(
        queue(),
        |template| template["Resources"]["Child"] = nested("https://child/1"),
        &["Child (AWS::CloudFormation::Stack): creates the resources of `https://child/1`", ALL],
    );
    is_asked_about(
        json!({"Resources": {"Child": nested("https://child/1")}}),
        |template| template["Resources"]["Child"] = nested("https://child/2"),
        &["creates the resources of `https://child/2`"],
    );
    is_asked_about(
        queue(),
        |template| {
            template["Transform"] = json!("Company");
            template["Resources"]["Q2"] = json!({"Type": "AWS::SQS::Queue"});
        },
        &["lets macro `Company` add what this template does not show", ALL],
    );
    is_asked_about(
        queue(),
        |template| template["Resources"]["M"] = json!({"Type": "Acme::Net::Vpc::MODULE"}),
        &["M (Acme::Net::Vpc::MODULE): creates the resources of a module", ALL],
    );
}

#[test]
fn other_changes_of_such_stacks_need_none() {
    let child = json!({"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "https://child/1"}});
    let user = User::with(&[("Web", json!({"Transform": "Company", "Resources": {"Child": child}}))]);
    assert_eq!(user.runs("deploy Web --unchecked --yes").code, Some(0));
    user.edits("Web", |template| template["Resources"]["Q"] = json!({"Type": "AWS::SQS::Queue"}));
    let ended = user.runs("deploy Web --unchecked");
    assert_eq!(ended.code, Some(0), "{ended:#?}");
}

#[test]
fn users_of_a_pool_are_data() {
    let of_pool = json!({"UserPoolId": {"Ref": "Pool"}});
    let pool = json!({"Resources": {
        "Pool": {"Type": "AWS::Cognito::UserPool", "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"},
        "Bob": {"Type": "AWS::Cognito::UserPoolUser", "Properties": of_pool},
        "Client": {"Type": "AWS::Cognito::UserPoolClient", "Properties": of_pool},
    }});
    let without_bob = |template: &mut Value| drop(template["Resources"].as_object_mut().unwrap().remove("Bob"));
    is_asked_about(pool.clone(), without_bob, &["data in these resources is lost", "Bob (AWS::Cognito::UserPoolUser)"]);
    let user = User::with(&[("Web", pool)]);
    assert_eq!(user.runs("deploy Web --unchecked --yes").code, Some(0));
    let mut terminal = user.on_a_terminal("destroy Web");
    terminal.sees("lost for good");
    terminal.sees("Bob (AWS::Cognito::UserPoolUser)");
    terminal.sees("deleted, and belongs to a retained resource");
    terminal.sees("Client (AWS::Cognito::UserPoolClient)");
    terminal.sees("retained");
    terminal.types("no\n");
    assert_eq!(terminal.ends().code, Some(4));
}

#[test]
fn the_value_of_a_parameter_can_open_what_the_template_leaves_to_it() {
    let database = json!({"Type": "AWS::RDS::DBInstance", "Properties": {"PubliclyAccessible": {"Ref": "Open"}}});
    let open = json!({"Type": "String", "Default": "false"});
    let template = json!({"Parameters": {"Open": open}, "Resources": {"Db": database}});
    let user = User::with(&[("Web", template)]);
    let first = user.runs("deploy Web --unchecked");
    assert_eq!(first.code, Some(0), "{first:#?}");
    user.edits("Web", |template| template["Resources"]["Q"] = json!({"Type": "AWS::SQS::Queue"}));
    let ended = user.runs("deploy Web --unchecked --parameters Open=true");
    assert_eq!(ended.code, Some(4), "{ended:#?}");
    assert!(ended.err.contains("Db (AWS::RDS::DBInstance): opens `${Db}` to the internet"), "{}", ended.err);
}
