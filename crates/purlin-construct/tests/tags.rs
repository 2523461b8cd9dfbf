//! Tags of scopes reach a resource whatever form its own tags have, or the loss is a problem.

use std::collections::BTreeMap;

use purlin_construct::{App, CfnCondition, CfnMapping, CfnResource, HasScope, Stack, TagShape, Test, intrinsics};
use serde_json::{Value, json};

const LIST: TagShape = TagShape::List("Tags");
const MAP: TagShape = TagShape::Map("Tags");
const GROUP: TagShape = TagShape::AutoScaling("Tags");
const ITEMS: TagShape = TagShape::Items("Tags");

/// The resource's tags below `owner=inherited`, or the problems. The own ones are a property, or an override of it.
fn tags_of(shape: TagShape, own: Option<Value>, is_override: bool) -> Result<Value, Vec<String>> {
    let app = App::new();
    let stack = app.add("S", Stack::props());
    stack.scope().tag("owner", "inherited");
    for id in ["A", "B"] {
        stack.add(id, CfnCondition::new(Test::equals(intrinsics::region(), id)));
    }
    let recipe = CfnResource::new("Third::Party::Type").taggable(shape);
    match (own, is_override) {
        (None, _) => drop(stack.add("R", recipe)),
        (Some(own), false) => drop(stack.add("R", recipe.property("Tags", own))),
        (Some(own), true) => drop(stack.add("R", recipe).override_property("Tags", own)),
    }
    match app.synth() {
        Ok(synthesis) => Ok(synthesis.stacks[0].template["Resources"]["R"]["Properties"]["Tags"].clone()),
        Err(problems) => Err(problems.into_iter().map(|it| format!("{}; {}", it.message, it.hint)).collect()),
    }
}

fn tag(key: &str, value: &str) -> Value {
    json!({"Key": key, "Value": value})
}

fn when(condition: &str, yes: Value, no: Value) -> Value {
    json!({"Fn::If": [condition, yes, no]})
}

fn nothing() -> Value {
    json!({"Ref": "AWS::NoValue"})
}

#[test]
fn cdk_34_inherited_tags_are_merged_into_every_form() {
    let inherited = || tag("owner", "inherited");
    let computed = || json!({"Key": {"Fn::Sub": "kubernetes.io/cluster/${AWS::StackName}"}, "Value": "owned"});
    let table = [
        (LIST, None, json!([inherited()])),
        (LIST, Some(nothing()), json!([inherited()])),
        (LIST, Some(json!([nothing()])), json!([inherited()])),
        (LIST, Some(json!([tag("z", "1"), tag("a", "2")])), json!([tag("a", "2"), inherited(), tag("z", "1")])),
        (LIST, Some(json!([tag("owner", "own")])), json!([tag("owner", "own")])),
        (LIST, Some(json!([computed()])), json!([inherited(), computed()])),
        (LIST, Some(json!([{"Key": "only"}])), json!([{"Key": "only"}, inherited()])),
        (
            LIST,
            Some(json!([when("A", tag("owner", "own"), nothing())])),
            json!([when("A", nothing(), inherited()), when("A", tag("owner", "own"), nothing())]),
        ),
        (
            LIST,
            Some(json!([when("A", tag("x", "1"), tag("y", "2"))])),
            json!([inherited(), when("A", tag("x", "1"), tag("y", "2"))]),
        ),
        (
            LIST,
            Some(when("A", json!([tag("owner", "own")]), when("B", json!([computed()]), nothing()))),
            when("A", json!([tag("owner", "own")]), when("B", json!([inherited(), computed()]), json!([inherited()]))),
        ),
        (MAP, Some(json!({"a": "1", "owner": "own"})), json!({"a": "1", "owner": "own"})),
        (
            MAP,
            Some(json!({"owner": when("A", json!("own"), nothing())})),
            json!({"owner": when("A", json!("own"), json!("inherited"))}),
        ),
        (
            MAP,
            Some(when("A", json!({"a": "1"}), nothing())),
            when("A", json!({"a": "1", "owner": "inherited"}), json!({"owner": "inherited"})),
        ),
        (
            GROUP,
            Some(json!([{"Key": "a", "Value": "1", "PropagateAtLaunch": false}, computed()])),
            json!([
                {"Key": "a", "Value": "1", "PropagateAtLaunch": false},
                {"Key": "owner", "Value": "inherited", "PropagateAtLaunch": true},
                computed(),
            ]),
        ),
        (ITEMS, None, json!({"Items": [inherited()]})),
        (ITEMS, Some(json!({"Items": [computed()]})), json!({"Items": [inherited(), computed()]})),
    ];
    for (shape, own, expect) in table {
        for is_override in [false, true] {
            assert_eq!(tags_of(shape, own.clone(), is_override).as_ref(), Ok(&expect), "{own:?}");
        }
    }
}

#[test]
fn tags_that_cannot_be_merged_are_named() {
    let table = [
        (LIST, json!({"Ref": "AWS::NotificationARNs"}), "`Ref`"),
        (LIST, json!({"Fn::Split": [",", "a,b"]}), "`Fn::Split`"),
        (LIST, json!({"Fn::ImportValue": "tags"}), "`Fn::ImportValue`"),
        (LIST, json!({"Fn::Transform": {"Name": "AWS::Include"}}), "`Fn::Transform`"),
        (LIST, when("A", json!([tag("a", "1")]), json!({"Fn::Split": [",", "a,b"]})), "`Fn::Split`"),
        (LIST, json!({"a": "1"}), "`a map`"),
        (MAP, json!({"Fn::FindInMap": ["M", "a", "b"]}), "`Fn::FindInMap`"),
        (MAP, json!([tag("a", "1")]), "`a list`"),
        (ITEMS, json!({"Items": {"Fn::Split": [",", "a,b"]}}), "`Fn::Split`"),
    ];
    for (shape, own, given) in table {
        for is_override in [false, true] {
            let problems = tags_of(shape, Some(own.clone()), is_override).expect_err("the tag is lost");
            let is_said = |text: &&str| problems.len() == 1 && problems[0].contains(*text);
            let missing: Vec<&str> =
                ["`owner`", given, "`remove_tag(\"owner\")`"].into_iter().filter(|it| !is_said(it)).collect();
            assert!(missing.is_empty(), "{missing:?} in {problems:?}");
        }
    }
}

#[test]
fn an_override_of_one_tag_and_a_deletion_are_as_given() {
    let app = App::new();
    let stack = app.add("S", Stack::props());
    stack.scope().tag("owner", "inherited");
    let recipe = || CfnResource::new("Third::Party::Type").taggable(LIST);
    stack.add("One", recipe()).override_property("Tags.0.Value", "x");
    stack.add("None", recipe()).delete_property("Tags");
    stack.add("All", recipe()).override_at("Properties", json!({"Tags": [tag("a", "1")], "B": 1}));
    let split = recipe().property("Tags", json!({"Fn::Split": [",", "a,b"]}));
    stack.add("Left", split).scope().remove_tag("owner");
    let template = app.synth().expect("no tag is lost").stacks[0].template.clone();
    let properties = |id: &str| template["Resources"][id]["Properties"].clone();
    assert_eq!(properties("One")["Tags"], json!([tag("owner", "x")]));
    assert_eq!(properties("None"), json!({}));
    assert_eq!(properties("All"), json!({"Tags": [tag("a", "1"), tag("owner", "inherited")], "B": 1}));
    assert_eq!(properties("Left")["Tags"], json!({"Fn::Split": [",", "a,b"]}));
}

#[test]
fn cdk_35_overrides_and_metadata_add_to_what_is_there() {
    let app = App::new();
    let stack = app.add("S", Stack::props());
    let first = stack.add("First", CfnResource::new("X::Y::Z"));
    let function = json!({"Environment": {"Variables": {"A": "1"}}, "Layer": {"Ref": "AWS::Region"}});
    let recipe = CfnResource::new("AWS::X::Y").property("Code", function);
    let resource = stack.add("R", recipe);
    resource.depends_on(&first).override_at("DependsOn", "Other");
    resource.override_property("Code.Environment.Variables", json!({"B": "2"}));
    resource.override_property("Code.Layer", json!({"Name": "l"}));
    resource.metadata("cfn", json!({"a": {"files": 1}})).metadata("cfn", json!({"a": {"users": 2}, "b": 3}));
    stack.template_metadata("ui", json!({"labels": {"A": "x"}}));
    stack.template_metadata("ui", json!({"labels": {"B": "y", "A": "x"}}));
    let template = app.synth().expect("nothing is lost").stacks[0].template.clone();
    let resource = &template["Resources"]["R"];
    assert_eq!(resource["DependsOn"], json!(["First", "Other"]));
    let code = json!({"Environment": {"Variables": {"A": "1", "B": "2"}}, "Layer": {"Name": "l"}});
    assert_eq!(resource["Properties"]["Code"], code);
    assert_eq!(resource["Metadata"]["cfn"], json!({"a": {"files": 1, "users": 2}, "b": 3}));
    assert_eq!(template["Metadata"]["ui"], json!({"labels": {"A": "x", "B": "y"}}));

    let app = App::new();
    let stack = app.add("S", Stack::props());
    let resource = stack.add("R", CfnResource::new("X::Y::Z"));
    resource.metadata("cfn", json!({"a": {"files": 1}})).metadata("cfn", json!({"a": {"files": 2}}));
    stack.template_metadata("ui", json!([1]));
    stack.template_metadata("ui", json!([2]));
    stack.add("M", CfnMapping::new().with("a", "b", 1).with("a", "b", 1).with("a", "c", 1).with("a", "c", 2));
    let messages: Vec<String> = app.synth().expect_err("two values").into_iter().map(|it| it.message).collect();
    assert_eq!(
        messages,
        [
            "the metadata `cfn.a.files` is set to two values, and a resource takes one",
            "the metadata `ui` of the template is set to two values, and it takes one",
            "the mapping has two values at the keys `a`, `c`, and takes one",
        ]
    );
}

/// Numbers from a seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    /// A tag of one of these keys, under conditions.
    fn item(&mut self, key: &str, depth: u64) -> Value {
        match self.below(if depth == 0 { 2 } else { 4 }) {
            0 => tag(key, "own"),
            1 => nothing(),
            _ => {
                let condition = if self.below(2) == 0 { "A" } else { "B" };
                when(condition, self.item(key, depth - 1), self.item(key, depth - 1))
            }
        }
    }

    fn list(&mut self, depth: u64) -> Value {
        if depth > 0 && self.below(3) == 0 {
            return when("A", self.list(depth - 1), self.list(depth - 1));
        }
        if self.below(6) == 0 {
            return nothing();
        }
        let keys: Vec<&str> = ["owner", "x", "y"].into_iter().filter(|_| self.below(2) == 0).collect();
        keys.into_iter().map(|key| self.item(key, 2)).collect()
    }
}

/// What CloudFormation makes of a value under conditions that are all known.
fn evaluated(value: &Value, truth: &BTreeMap<&str, bool>) -> Option<Value> {
    if let Some(arguments) = value.get("Fn::If") {
        let branch = if truth[arguments[0].as_str().unwrap_or_default()] { 1 } else { 2 };
        return evaluated(&arguments[branch], truth);
    }
    match value {
        Value::Array(items) => Some(items.iter().filter_map(|item| evaluated(item, truth)).collect()),
        value if *value == nothing() => None,
        value => Some(value.clone()),
    }
}

#[test]
fn under_all_conditions_each_key_is_there_once_and_the_own_one_wins() {
    let mut dice = Dice(11);
    for _ in 0..300 {
        let own = dice.list(2);
        let merged = tags_of(LIST, Some(own.clone()), false).expect("it can be merged");
        for (a, b) in [(false, false), (false, true), (true, false), (true, true)] {
            let truth = BTreeMap::from([("A", a), ("B", b)]);
            let keys = |value: &Value| -> Vec<(String, String)> {
                let tags = evaluated(value, &truth).unwrap_or_default();
                let pair =
                    |tag: &Value| (tag["Key"].as_str().unwrap().to_owned(), tag["Value"].as_str().unwrap().to_owned());
                let mut pairs: Vec<_> = tags.as_array().into_iter().flatten().map(pair).collect();
                pairs.sort();
                pairs
            };
            let mut expect = keys(&own);
            if !expect.iter().any(|(key, _)| key == "owner") {
                expect.push(("owner".to_owned(), "inherited".to_owned()));
            }
            expect.sort();
            assert_eq!(keys(&merged), expect, "{own} under {truth:?} is {merged}");
        }
    }
}
