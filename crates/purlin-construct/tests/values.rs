//! What values become in a template: the types that Rust knows are kept.

use purlin_construct::{
    App, CfnCondition, CfnMapping, CfnOutput, CfnParameter, CfnResource, CfnRule, Expr, IntoValue, Json, Stack, Test,
    Value, intrinsics, sub,
};
use serde_json::json;

fn queue() -> CfnResource {
    CfnResource::new("AWS::SQS::Queue")
}

#[test]
fn json_text_keeps_the_types_of_what_only_the_deployment_knows() {
    let app = App::new();
    let stack = app.add("S", Stack::props());
    let number = stack.add("Number", CfnParameter::number().default(5)).value();
    let list = stack.add("List", CfnParameter::comma_delimited_list().default("a,b")).value();
    let names =
        stack.add("Ids", CfnParameter::<Vec<String>>::of_type("AWS::SSM::Parameter::Value<List<String>>")).value();
    let sizes = stack.add("Sizes", CfnMapping::new().with("a", "n", 1).with("b", "n", 2));
    let made = stack.add("Made", queue());
    let is = stack.add("Is", CfnCondition::new(Test::equals("a", "a")));
    let choice = |then: Expr, otherwise: Expr| intrinsics::if_::<Json>(&is, Value::new(then), Value::new(otherwise));
    let (none, list_of_numbers) = (intrinsics::no_value::<String>(), made.get_att_of::<Vec<i64>>("Sizes"));
    let text = |expr: Expr| intrinsics::json_text(Value::new(expr));
    let cases: Vec<(Expr, serde_json::Value)> = vec![
        (number.clone().into(), json!({"Ref": "Number"})),
        (list.clone().into(), json!({"Fn::Join": ["", ["[\"", {"Fn::Join": ["\",\"", {"Ref": "List"}]}, "\"]"]]})),
        (
            names.cast::<String>().into(),
            json!({"Fn::Join": ["", ["[\"", {"Fn::Join": ["\",\"", {"Ref": "Ids"}]}, "\"]"]]}),
        ),
        (
            list_of_numbers.into(),
            json!({"Fn::Join": ["", ["[", {"Fn::Join": [",", {"Fn::GetAtt": ["Made", "Sizes"]}]}, "]"]]}),
        ),
        (made.get_att_of::<i64>("Port").into(), json!({"Fn::GetAtt": ["Made", "Port"]})),
        (made.get_att_of::<bool>("IsOn").into(), json!({"Fn::GetAtt": ["Made", "IsOn"]})),
        (made.get_att("Name").into(), json!({"Fn::Join": ["", ["\"", {"Fn::GetAtt": ["Made", "Name"]}, "\""]]})),
        (intrinsics::length(list).into(), json!({"Fn::Length": {"Ref": "List"}})),
        (intrinsics::find_in_map(&sizes, "a", "n").into(), json!({"Fn::FindInMap": ["Sizes", "a", "n"]})),
        (choice(10.into(), 20.into()).into(), json!({"Fn::If": ["Is", "10", "20"]})),
        (choice(true.into(), "q\"".into()).into(), json!({"Fn::If": ["Is", "true", "\"q\\\"\""]})),
        (
            choice("q\"".into(), "b".into()).into(),
            json!({"Fn::Join": ["", ["\"", {"Fn::If": ["Is", "q\\\"", "b"]}, "\""]]}),
        ),
        (
            Expr::map([
                ("a", Expr::from(1)),
                ("b", none.clone().into()),
                ("c", choice("x".into(), none.clone().into()).into()),
            ]),
            json!({"Fn::Join": ["", ["{\"a\":1", {"Fn::If": ["Is", ",\"c\":\"x\"", ""]}, "}"]]}),
        ),
        (
            Expr::map([("c", choice(none.into(), 2.into()).into())]),
            json!({"Fn::Join": ["", ["{", {"Fn::If": ["Is", "", "\"c\":2"]}, "}"]]}),
        ),
    ];
    for (index, (value, _)) in cases.iter().enumerate() {
        stack.add(format!("Q{index}"), queue().property("QueueName", text(value.clone())));
    }
    let template = &app.synth().expect("no problems").stacks[0].template;
    for (index, (value, expected)) in cases.iter().enumerate() {
        let found = &template["Resources"][format!("Q{index}")]["Properties"]["QueueName"];
        assert_eq!(found, expected, "{value:?}");
    }
    assert_eq!(template["Transform"], "AWS::LanguageExtensions");
}

type Build = fn(&Stack, Value<Vec<String>>);

#[test]
fn values_where_aws_does_not_take_them_are_problems() {
    let list = |stack: &Stack| stack.add("List", CfnParameter::comma_delimited_list().default("a,b")).value();
    let cases: [(&str, Build); 18] = [
        ("an item of a text", |stack, list| {
            stack.add("Q", queue().property("QueueName", sub!("a-{}", list.cast::<String>())));
        }),
        ("the value of an output", |stack, list| {
            stack.add("Out", CfnOutput::new(list.cast::<String>()));
        }),
        ("the export name of an output", |stack, list| {
            stack.add("Out", CfnOutput::new("a").export_name(list.cast::<String>()));
        }),
        ("the value of the tag `team`", |stack, list| stack.tag("team", list.cast::<String>())),
        ("the variable `x` of `fn::sub`", |stack, list| {
            let text = intrinsics::sub_with("${X}", [("X", list.cast())]);
            stack.add("Q", queue().property("QueueName", text));
        }),
        ("the argument of a function", |stack, list| {
            stack.add("Q", queue().property("QueueName", intrinsics::base64(list.cast::<String>())));
        }),
        ("the text of `fn::split` is a list", |stack, list| {
            stack.add("Q", queue().property("Names", intrinsics::split(",", list.cast::<String>())));
        }),
        ("a number is `nan`", |stack, _| {
            stack.add("Q", queue().property("Size", f64::NAN));
        }),
        ("a number is `inf`", |stack, _| {
            stack.add("Num", CfnParameter::number().default(f64::INFINITY));
        }),
        ("a number is `-inf`", |stack, _| {
            stack.add("Map", CfnMapping::new().with("a", "n", f64::NEG_INFINITY));
        }),
        ("a number is `nan`", |stack, _| stack.template_metadata("Sizes", [1.0, f64::NAN])),
        ("a number is `nan`", |stack, _| {
            stack.add("Rule", CfnRule::new().assert(Test::equals(f64::NAN, 1.0), "one"));
        }),
        ("a number is `nan`", |stack, _| {
            stack.add("Out", CfnOutput::new(sub!("{}", IntoValue::<f64>::into_value(f64::NAN))));
        }),
        ("an item of a text", |stack, list| {
            stack.add("Is", CfnCondition::new(Test::equals(sub!("{}-", list.cast::<String>()), "a-")));
        }),
        ("a condition has a value of another stack", |stack, list| {
            let other = stack.root().add("Other", Stack::props());
            other.add("Any", queue());
            other.add("Is", CfnCondition::new(Test::equals(intrinsics::select(0, list), "a")));
        }),
        ("a condition has a value of another stack", |stack, _| {
            stack.add("Is", CfnCondition::new(Test::equals(intrinsics::import_value("stage"), "dev")));
        }),
        ("a rule has a value of another stack", |stack, list| {
            let other = stack.root().add("Other", Stack::props());
            other.add("Any", queue());
            other.add("Rule", CfnRule::new().assert(Test::contains(list, "a"), "has a"));
        }),
        ("a part of a json text is `no_value()`", |stack, _| {
            let is = stack.add("Is", CfnCondition::new(Test::equals("a", "a")));
            let item = intrinsics::if_::<String>(&is, "x", intrinsics::no_value::<String>());
            let text = intrinsics::json_text(Value::new(Expr::List(vec![item.into()])));
            stack.add("Q", queue().property("QueueName", text));
        }),
    ];
    for (expected, build) in cases {
        let app = App::new();
        let stack = app.add("S", Stack::props());
        stack.add("Any", queue());
        build(&stack, list(&stack));
        let found = app.synth().expect_err(expected);
        assert!(found.len() == 1 && found[0].message.to_lowercase().contains(expected), "{expected}: {found:?}");
    }
}
