//! What a tree becomes: ids, references across stacks, overrides, tags, problems.

use std::cell::RefCell;
use std::rc::Rc;

use purlin_construct::{
    App, CfnCondition, CfnMapping, CfnOutput, CfnParameter, CfnResource, CfnRule, Construct, Environment, Expr,
    HasScope, IntoValue, Phase, Ref, RemovalPolicy, Scope, SecretValue, Stack, Stage, Synthesis, TagShape, Test,
    intrinsics, logical_id, sub,
};
use serde_json::{Value, json};

fn queue() -> CfnResource {
    CfnResource::new("AWS::SQS::Queue")
}

/// A resource that takes tags.
struct Topic;
impl Construct for Topic {
    type Handle = Ref<Topic>;
    fn build(self, scope: Scope) -> Ref<Topic> {
        Ref::declare(scope, "AWS::SNS::Topic", Some(TagShape::List("Tags")), purlin_construct::Props::new())
    }
}

fn synth(app: &App) -> Synthesis {
    app.synth().unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// The messages of the problems of a tree.
fn problems(build: impl FnOnce(&App)) -> Vec<String> {
    let app = App::new();
    build(&app);
    app.synth().expect_err("there should be problems").into_iter().map(|problem| problem.message).collect()
}

#[test]
fn logical_ids_are_the_cdks() {
    let vectors: Vec<Value> = serde_json::from_str(include_str!("logical-id-vectors.json")).unwrap();
    assert_eq!(vectors.len(), 19);
    for vector in vectors {
        let path: Vec<&str> = vector["path"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
        assert_eq!(logical_id(&path).as_deref(), vector["logicalId"].as_str(), "{path:?}");
    }
}

#[test]
fn every_kind_of_element_is_rendered() {
    let app = App::new();
    let stack = app.add("Web", Stack::props().description("a stack"));
    let size = stack.add("Size", CfnParameter::string().default("small").allowed_values(["small", "large"]));
    let names = stack.add("Names", CfnMapping::new().with("small", "name", "s").with("large", "name", "l"));
    let large = stack.add("IsLarge", CfnCondition::new(Test::equals(size.value(), "large")));
    stack.add("Check", CfnRule::new().assert(!Test::equals(size.value(), "huge"), "not huge"));
    let name = intrinsics::find_in_map(&names, size.value(), "name");
    let made = stack.add("Queue", queue().property("QueueName", name));
    made.condition(&large).removal_policy(RemovalPolicy::Retain);
    stack.add("Arn", CfnOutput::new(made.get_att("Arn")).export_name("arn").condition(&large));
    let synthesis = synth(&app);
    let source = &synthesis.assembly.manifest.artifacts["Web"].metadata["/Web/Queue"][0].trace;
    assert!(source.as_ref().unwrap()[0].contains("tests/tree.rs:"));
    let template = &synthesis.stacks[0].template;
    assert_eq!(template["Parameters"]["Size"]["AllowedValues"], json!(["small", "large"]));
    assert_eq!(template["Conditions"]["IsLarge"], json!({"Fn::Equals": [{"Ref": "Size"}, "large"]}));
    assert_eq!(template["Rules"]["Check"]["Assertions"][0]["AssertDescription"], "not huge");
    let rendered = &template["Resources"]["Queue"];
    assert_eq!(rendered["Properties"]["QueueName"], json!({"Fn::FindInMap": ["Names", {"Ref": "Size"}, "name"]}));
    assert_eq!((&rendered["DeletionPolicy"], &rendered["Condition"]), (&json!("Retain"), &json!("IsLarge")));
    assert_eq!(rendered["Metadata"]["aws:cdk:path"], "Web/Queue");
    assert_eq!(template["Outputs"]["Arn"]["Export"]["Name"], "arn");
}

#[test]
fn references_between_stacks_are_exported_under_the_cdks_names() {
    let app = App::new();
    let producer = app.add("Prod", Stack::props());
    let consumer = app.add("Cons", Stack::props());
    let made = producer.child("B").add("Resource", queue());
    consumer.add("Copy", queue().property("QueueName", sub!("x-{}", made.get_att("Arn"))));
    let synthesis = synth(&app);
    // Measured with aws-cdk-lib: `Prod:ExportsOutputFnGetAttB08E7C7AFArn7F3F998F`.
    let name = "Prod:ExportsOutputFnGetAttB08E7C7AFArn7F3F998F";
    assert_eq!(
        synthesis.stacks[1].template["Resources"]["Copy"]["Properties"]["QueueName"],
        json!({"Fn::Join": ["", ["x-", {"Fn::ImportValue": name}]]})
    );
    let outputs = &synthesis.stacks[0].template["Outputs"];
    assert_eq!(outputs["ExportsOutputFnGetAttB08E7C7AFArn7F3F998F"]["Export"]["Name"], name);
    let dependencies = &synthesis.assembly.manifest.artifacts["Cons"].dependencies;
    assert_eq!(dependencies, &["Cons.assets", "Prod"]);
}

#[test]
fn a_reference_that_cannot_be_is_a_problem_with_both_places() {
    let east = || Environment::of("111122223333", "us-east-1");
    for (producer, consumer, expected) in [
        (Stack::props(), Stack::props().env(east()), "not known whether they are in one place"),
        (Stack::props().env(east()), Stack::props(), "not known whether they are in one place"),
        (
            Stack::props().env(east()),
            Stack::props().env(Environment::of("444455556666", "cn-north-1")),
            "no references across partitions",
        ),
    ] {
        let found = problems(|app| {
            let made = app.add("One", producer).add("Queue", queue());
            app.add("Two", consumer).add("Copy", queue().property("QueueName", made.id()));
        });
        assert!(found.len() == 1 && found[0].contains(expected) && found[0].contains("`One/Queue`"), "{found:?}");
    }
    let odd = problems(|app| {
        let made = app.add("One", Stack::props()).add("Queue", queue());
        let two = app.add("Two", Stack::props());
        two.set_context("@aws-cdk/core:defaultCrossStackReferences", json!("weakish"));
        two.add("Copy", queue().property("QueueName", made.id()));
        two.export_value(&made.id());
    });
    assert!(odd[0].contains("takes `strong`, `weak` or `both`") && odd[1].contains("`export_value`"), "{odd:?}");
}

#[test]
fn inherited_tags_and_names_of_elements_cross_stacks_or_are_refused() {
    let app = App::new();
    let producer = app.add("Prod", Stack::props());
    let made = producer.add("Queue", queue());
    let consumer = app.add("Cons", Stack::props());
    consumer.tag("queue", made.id());
    consumer.add("Topic", Topic);
    let tags = &synth(&app).stacks[1].template["Resources"]["Topic"]["Properties"]["Tags"];
    assert!(tags[0]["Value"]["Fn::ImportValue"].as_str().unwrap().starts_with("Prod:ExportsOutputRefQueue"));

    let found = problems(|app| {
        let one = app.add("One", Stack::props());
        one.add("Q", queue());
        let never = one.add("Never", CfnCondition::new(Test::equals("a", "b")));
        let two = app.add("Two", Stack::props());
        let name = intrinsics::if_(&never, "a", "b");
        two.add("Q", queue().property("QueueName", name)).condition(&never);
    });
    assert_eq!(found, ["the condition or mapping `One/Never` is used outside of its stack"]);
}

/// Circles are looked for in what CloudFormation will read: `B` refers to `A`, and `A` gets this override.
#[test]
fn overrides_count_before_circles_are_looked_for() {
    let cases = [
        ("Properties.QueueName", json!({"Ref": "B"}), true),
        ("Properties.QueueName", json!({"Fn::GetAtt": "B.Arn"}), true),
        ("Properties.QueueName", json!({"Fn::If": ["C", {"Fn::GetAtt": ["B", "Arn"]}, "x"]}), true),
        ("Properties.QueueName", json!({"Fn::Sub": "arn:${B.Arn}"}), true),
        ("Properties.QueueName", json!({"Fn::Sub": ["${B}", {"B": "x"}]}), false),
        ("Properties.QueueName", json!({"Fn::Sub": ["${B}", {"C": "x"}]}), true),
        ("Properties.QueueName", json!({"Fn::Sub": "${!B}"}), false),
        ("Properties.QueueName", json!({"Fn::Sub": ["${x}", {"x": {"Ref": "B"}}]}), true),
        ("DependsOn", json!("B"), true),
        ("DependsOn", json!(["Other", "B"]), true),
        ("Metadata.B", json!({"Ref": "B"}), false),
        ("Properties.QueueName", json!("B"), false),
    ];
    for (path, value, expect) in cases {
        let app = App::new();
        let stack = app.add("S", Stack::props());
        let a = stack.add("A", queue());
        stack.add("B", queue().property("QueueName", a.get_att("Arn")));
        a.override_at(path, value.clone());
        let found = app.synth().map_or_else(|problems| problems[0].message.clone(), |_| String::new());
        let circle = "resources wait for each other in a circle: `S/A` → `S/B` → `S/A`";
        assert_eq!(found, if expect { circle } else { "" }, "{path} {value:?}");
    }
}

#[test]
fn a_deleted_property_or_dependency_makes_no_circle() {
    let elsewhere = json!(["Third", "Arn"]);
    for (path, value) in
        [("Properties.QueueName", None), ("Properties.QueueName.Fn::GetAtt", Some(elsewhere)), ("Properties", None)]
    {
        let app = App::new();
        let stack = app.add("S", Stack::props());
        let b = stack.add("B", queue());
        stack.add("Third", queue());
        let a = stack.add("A", queue().property("QueueName", b.get_att("Arn")));
        b.depends_on(&a);
        a.scope().override_at(path, value.map(Expr::from));
        assert!(app.synth().is_ok(), "{path}");
    }
}

#[test]
fn circles_twins_and_empty_stacks_are_problems() {
    let circle = problems(|app| {
        let stack = app.add("S", Stack::props());
        let a = stack.add("A", queue());
        let b = stack.add("B", queue().property("QueueName", a.get_att("Arn")));
        a.override_property("QueueName", b.get_att("Arn"));
    });
    assert!(circle[0].contains("in a circle"), "{circle:?}");
    let twins = problems(|app| {
        let stack = app.add("S", Stack::props());
        stack.add("A", queue());
        stack.add("A", queue());
    });
    assert!(twins.len() == 1 && twins[0].contains("the id `A` is used twice"), "{twins:?}");
    let empty = problems(|app| drop(app.add("S", Stack::props())));
    assert!(empty[0].contains("no resources"), "{empty:?}");
    let foreign = problems(|app| {
        let other = App::new().add("Other", Stack::props()).add("Q", queue());
        app.add("S", Stack::props()).add("Q", queue().property("QueueName", other.id()));
    });
    assert!(foreign[0].contains("another app"), "{foreign:?}");
    let homeless = problems(|app| {
        let group = app.child("Group");
        let _ = group.arn("sqs", "a");
        let _ = group.arn("sqs", "b");
    });
    assert_eq!(homeless[0], "`Group` is not inside a stack");
    assert!(!homeless.iter().any(|message| message.contains("used twice")), "{homeless:?}");
    let secret = problems(|app| {
        let stack = app.add("S", Stack::props());
        stack.add("Q", queue());
        stack.add("Out", CfnOutput::new(SecretValue::secrets_manager("db").dynamic_reference()));
    });
    assert!(secret[0].contains("an output holds a secret"), "{secret:?}");
}

#[test]
fn stacks_and_stages_are_named_as_the_cdk_names_them() {
    let app = App::new();
    let stage = app.add("Prod", Stage::props().env(Environment::of("111122223333", "eu-west-1")));
    let in_stage = stage.add("Api", Stack::props());
    in_stage.add("Q", queue());
    let grouped = app.child("Grp").add("Api", Stack::props());
    grouped.add("Q", queue());
    assert_eq!((in_stage.name(), grouped.name()), ("Prod-Api".to_owned(), "GrpApiD1E9F902".to_owned()));
    let synthesis = synth(&app);
    let ids: Vec<&str> = synthesis.stacks.iter().map(|stack| stack.id.as_str()).collect();
    assert_eq!(ids, ["ProdApi2466CF1F", "GrpApiD1E9F902"]);
    assert_eq!(in_stage.environment().region.as_deref(), Some("eu-west-1"));
    let (folder, nested) = synthesis.assembly.nested().next().unwrap();
    assert_eq!(folder.to_str(), Some("assembly-Prod"));
    assert!(nested.manifest.artifacts.contains_key("ProdApi2466CF1F"));
}

#[test]
fn tags_are_inherited_and_the_innermost_wins() {
    let app = App::new();
    let stack = app.add("S", Stack::props());
    stack.tag("team", "web");
    stack.tag("stage", "prod");
    let group = stack.child("Group");
    group.tag("stage", "test");
    group.remove_tag("team");
    group.add("Topic", Topic);
    let template = &synth(&app).stacks[0].template;
    let rendered = template["Resources"].as_object().unwrap().values().next().unwrap();
    assert_eq!(rendered["Properties"]["Tags"], json!([{"Key": "stage", "Value": "test"}]));
}

#[test]
fn aspects_see_everything_and_may_add() {
    let app = App::new();
    let stack = app.add("S", Stack::props());
    stack.add("Q", queue());
    let first = stack.add("First", queue());
    stack.aspect(|scope| {
        if scope.resource_type().as_deref() == Some("AWS::SQS::Queue") && scope.id() != "Late" {
            scope.override_property("KmsMasterKeyId", "alias/aws/sqs");
        }
        if scope.id() == "Q" {
            scope.parent().unwrap().add("Late", CfnResource::new("AWS::SQS::Queue"));
        }
    });
    first.depends_on(&stack.try_child("Q").unwrap());
    assert!(first.scope().path().ends_with("First"));
    let resources = &synth(&app).stacks[0].template["Resources"];
    assert_eq!(resources["Q"]["Properties"]["KmsMasterKeyId"], "alias/aws/sqs");
    assert_eq!(resources["First"]["DependsOn"], json!(["Q"]));
    assert!(resources["Late"].is_object());
}

#[test]
fn passes_run_in_the_order_of_phases() {
    let app = App::new();
    let stack = app.add("Main", Stack::props());
    stack.add("Queue", queue());
    let order: Rc<RefCell<Vec<&str>>> = Rc::default();
    let log = |name| {
        let order = Rc::clone(&order);
        move |_: &Scope| order.borrow_mut().push(name)
    };
    stack.validate(log("validate"));
    let (nested, late) = (log("complete after last"), log("last again"));
    stack.pass(Phase::Last, move |scope| {
        scope.finally(nested);
        scope.pass(Phase::Last, late);
    });
    stack.pass(Phase::Last, log("last"));
    let aspect = log("aspect");
    stack.aspect(move |scope| {
        if scope.resource_type().is_some() {
            aspect(scope);
        }
    });
    stack.finally(log("complete"));
    synth(&app);
    assert_eq!(*order.borrow(), ["complete", "aspect", "last", "complete after last", "last again", "validate"]);
}

#[test]
fn extensions_of_different_types_are_kept_beside_each_other() {
    let scope = App::new().child("Node");
    scope.set_extension(Rc::new(1_i32));
    scope.set_extension(Rc::new("text".to_owned()));
    scope.set_extension(Rc::new(2_i32));
    assert_eq!(scope.extension::<i32>().as_deref(), Some(&2));
    assert_eq!(scope.extension::<String>().as_deref().map(String::as_str), Some("text"));
    assert!(scope.extension::<u8>().is_none() && scope.child("Other").extension::<i32>().is_none());
}

#[test]
fn tags_that_aws_refuses_are_problems() {
    let found = |key: &str, value: &str| {
        let app = App::new();
        let stack = app.add("S", Stack::props());
        stack.add("Q", queue());
        stack.tag(key, value);
        app.synth().err().unwrap_or_default().into_iter().map(|problem| problem.message).collect::<String>()
    };
    assert_eq!(found("team", &"a".repeat(256)), "");
    assert_eq!(found("team", &"a".repeat(257)), "the tag `team` has 257 characters, AWS takes 256");
    assert_eq!(found("AWS:team", "a"), "the tag `AWS:team` begins with `aws:`, which is AWS's own");
    assert_eq!(found("", "a"), "the key of the tag `` has 0 characters, AWS takes 1 to 128");
}

#[test]
fn patches_are_listed_and_can_be_turned_off() {
    let app = App::new();
    let stack = app.add("S", Stack::props());
    let quiet = stack.child("Quiet");
    quiet.without_patch("add-thing");
    stack.without_patch("no-such-patch");
    for scope in [&*stack, &quiet] {
        let applied = scope.patch("add-thing", "a thing was added", "every stack needs one");
        scope.add("Q", queue().property("QueueName", if applied { "patched" } else { "plain" }));
    }
    let synthesis = synth(&app);
    assert_eq!(synthesis.patches.iter().map(|patch| patch.path.as_str()).collect::<Vec<_>>(), ["S"]);
    assert!(synthesis.notices[0].message.contains("no automatic patch `no-such-patch`"));
    let entries = &synthesis.assembly.manifest.artifacts["S"].metadata["/S"];
    let entry = entries.iter().find(|entry| entry.kind == "purlin:patch").unwrap();
    assert_eq!(entry.data.as_ref().unwrap()["name"], "add-thing");
}

#[test]
fn json_documents_keep_references() {
    let app = App::new();
    let stack = app.add("S", Stack::props());
    let q = stack.add("Q", queue());
    let document = Expr::map([
        ("a", q.get_att("Arn").into_expr()),
        ("q", sub!("say \"{}\"", q.get_att("QueueName")).into_expr()),
        ("n", Expr::Int(1)),
    ]);
    let text = intrinsics::json_text(purlin_construct::Value::new(document));
    stack.add("Text", CfnOutput::new(text));
    assert_eq!(
        synth(&app).stacks[0].template["Outputs"]["Text"]["Value"],
        json!({"Fn::Join": ["", ["{\"a\":\"", {"Fn::GetAtt": ["Q", "Arn"]}, "\",\"n\":1,\"q\":\"say \\\"",
            {"Fn::GetAtt": ["Q", "QueueName"]}, "\\\"\"}"]]})
    );
}

#[test]
fn language_extensions_are_added_where_they_are_needed() {
    let app = App::new();
    let stack = app.add("S", Stack::props());
    let list = stack.add("List", CfnParameter::comma_delimited_list());
    stack.add("Q", queue().property("DelaySeconds", intrinsics::length(list.value())));
    assert_eq!(synth(&app).stacks[0].template["Transform"], "AWS::LanguageExtensions");
}

#[test]
fn a_patch_turned_off_too_late_is_a_problem() {
    let late = problems(|app| {
        let stack = app.add("S", Stack::props());
        let queue = stack.add("Q", queue());
        assert!(queue.scope().patch("add-thing", "a thing was added", "it was missing"));
        stack.without_patch("add-thing");
    });
    assert_eq!(late, ["the automatic patch `add-thing` is turned off after it was applied to `S/Q`"]);
}

#[test]
fn names_of_stacks_and_exports_are_unique_where_they_go() {
    let found = problems(|app| {
        let first = app.add("A", Stack::props());
        first.add("Q", queue());
        first.add("Out", CfnOutput::new("x").export_name("shop"));
        let second = app.add("B", Stack::props().stack_name("A"));
        second.add("Q", queue());
        second.add("Out", CfnOutput::new("x").export_name("shop"));
        second.add("Odd", CfnOutput::new("x").export_name("a shop"));
        let elsewhere = app.add("C", Stack::props().stack_name("A").env(Environment::of("111122223333", "eu-west-1")));
        elsewhere.add("Q", queue());
        elsewhere.add("Out", CfnOutput::new("x").export_name("shop"));
    });
    let expected = [
        "the stack name `A` is taken by `A`, of the same account and region",
        "the export name `shop` is taken by `A/Out`, of the same account and region",
        "the export name `a shop` is not letters, digits, `:` and `-`",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_logical_id_follows_the_content_of_other_resources() {
    let id = |wait: i64, overridden: bool, named: &str| {
        let app = App::new();
        let stack = app.add("S", Stack::props());
        let dead = stack.add(named, queue());
        let one = queue().property("DelaySeconds", wait).property("Dead", dead.id());
        let one = stack.add("One", one);
        if overridden {
            one.override_property("FifoQueue", true);
        }
        let snapshot = stack.add("Snapshot", queue());
        snapshot.replaced_with(&one);
        stack.add("Arn", CfnOutput::new(snapshot.id()));
        let template = synth(&app).stacks.swap_remove(0).template;
        template["Outputs"]["Arn"]["Value"]["Ref"].as_str().unwrap().to_owned()
    };
    let first = id(1, false, "Dead");
    assert!(first.starts_with("Snapshot") && first.len() == "Snapshot".len() + 32, "{first}");
    assert_eq!(first, id(1, false, "Dead"));
    for other in [id(2, false, "Dead"), id(1, true, "Dead"), id(1, false, "Other")] {
        assert_ne!(first, other);
    }
}

#[test]
fn what_is_referred_to_is_not_waited_for_twice() {
    let app = App::new();
    let stack = app.add("S", Stack::props());
    let role = stack.child("Role");
    let made = role.add("Resource", CfnResource::new("AWS::IAM::Role"));
    role.add("Policy", CfnResource::new("AWS::IAM::Policy"));
    let chosen = stack.add("Chosen", CfnCondition::new(Test::equals("a", "b")));
    let maybe = intrinsics::if_::<String>(&chosen, made.get_att("Arn"), "arn");
    let cases: [(&str, purlin_construct::Value<String>, bool, &[&str]); 4] = [
        ("Always", made.get_att("Arn"), false, &["RolePolicyC696881B"]),
        ("Overridden", made.get_att("Arn"), true, &["RolePolicyC696881B", "Role1ABCC5F0"]),
        ("Sometimes", maybe, false, &["RolePolicyC696881B", "Role1ABCC5F0"]),
        ("Never", "arn".into_value(), false, &["RolePolicyC696881B", "Role1ABCC5F0"]),
    ];
    for (id, arn, is_overridden, _) in &cases {
        let function = stack.add(id, CfnResource::new("AWS::Lambda::Function").property("Role", arn.clone()));
        function.depends_on(&role);
        if *is_overridden {
            function.override_property("Role", "arn");
        }
    }
    let template = app.synth().expect("the stack has no problems").stacks[0].template.clone();
    for (id, _, _, expected) in cases {
        assert_eq!(template["Resources"][id]["DependsOn"], json!(expected), "{id}");
    }
}
