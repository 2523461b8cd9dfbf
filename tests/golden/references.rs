//! Synthesis reports references to what does not exist, with the construct and the user's line.

use purlin::cfn::ec2::CfnEIP;
use purlin::cfn::iam::CfnUser;
use purlin::cfn::logs::CfnLogGroup;
use purlin::cfn::ssm::{CfnParameter as CfnSsmParameter, ParameterType};
use purlin::testing::{Template, problems};
use purlin::{
    App, CfnCondition, CfnMapping, CfnOutput, CfnParameter, CfnResource, Severity, Stack, Test, Value, intrinsics,
};
use serde_json::json;

fn no_variables() -> [(&'static str, Value<String>); 0] {
    []
}

fn note(stack: &Stack, text: Value<String>) {
    stack.add("Note", CfnSsmParameter::new(ParameterType::STRING, text));
}

/// What the stack declares; construct and property; what is said.
type Row = (fn(&Stack), &'static str, &'static str, &'static str);

const ROWS: [Row; 17] = [
    (
        |s| note(s, intrinsics::sub_with("echo ${HOME}", no_variables())),
        "Stack/Note",
        "Value",
        "`${HOME}` of `Fn::Sub` names `HOME`",
    ),
    (
        |s| note(s, intrinsics::sub_with("${NoSuch.Arn}", no_variables())),
        "Stack/Note",
        "Value",
        "no resource of that name",
    ),
    (|s| note(s, intrinsics::sub_with("${HOME:-x}", no_variables())), "Stack/Note", "Value", "is not a name"),
    (|s| note(s, intrinsics::sub_with("${!HOME} ${Own} ${AWS::Region}", [("Own", intrinsics::region())])), "", "", ""),
    (|s| note(s, s.add("Logs", CfnLogGroup::new()).get_att("Nope")), "Stack/Note", "Value", "`Logs` has no `Nope`"),
    (|s| note(s, s.add("Logs", CfnLogGroup::new()).get_att("Arn")), "", "", ""),
    (
        |s| note(s, s.add("Own", CfnResource::new("Custom::Own").property("ServiceToken", "arn")).get_att("Any.Thing")),
        "",
        "",
        "",
    ),
    (
        |s| {
            drop(
                s.add("Raw", CfnResource::new("AWS::Logs::LogGroup").property("LogGroupName", json!({"Ref": "Gone"}))),
            );
        },
        "Stack/Raw",
        "LogGroupName",
        "`Ref` names `Gone`",
    ),
    (
        |s| {
            s.add("Logs", CfnLogGroup::new()).override_property("LogGroupName", json!({"Fn::GetAtt": ["Gone", "Arn"]}));
        },
        "Stack/Logs",
        "LogGroupName",
        "`Fn::GetAtt` names `Gone`",
    ),
    (
        |s| {
            s.add("Logs", CfnLogGroup::new()).override_at("DependsOn", json!(["Gone"]));
        },
        "Stack/Logs",
        "DependsOn",
        "`DependsOn` names `Gone`",
    ),
    (
        |s| {
            s.add("Logs", CfnLogGroup::new()).override_at("Condition", "Gone");
        },
        "Stack/Logs",
        "Condition",
        "`Condition` names `Gone`",
    ),
    (
        |s| {
            let sizes = s.add("Sizes", CfnMapping::new().with("prod", "cpu", 1));
            note(s, intrinsics::find_in_map(&sizes, "prod", "memory"));
        },
        "Stack/Note",
        "Value",
        "the key `memory`, and `Sizes.prod` has no such key; it has `cpu`",
    ),
    (
        |s| {
            let user = s.add("User", CfnUser::new());
            s.add("Is", CfnCondition::new(Test::equals::<String>(user.id(), "x")));
        },
        "Stack/Is",
        "Fn",
        "names the resource `User`, and a condition takes only parameters",
    ),
    (
        |s| drop(s.add("Stage", CfnParameter::string().default("staging").allowed_values(["dev", "prod"]))),
        "Stack/Stage",
        "Default",
        "the default of the parameter is `staging`; the parameter takes `dev`, `prod`",
    ),
    (
        |s| drop(s.add("Size", CfnParameter::number().default(9).max_value(8))),
        "Stack/Size",
        "Default",
        "is `9`; the parameter takes at most 8",
    ),
    (
        |s| drop(s.add("Out", CfnOutput::new(intrinsics::sub_with("${Gone}", no_variables())))),
        "Stack/Out",
        "Value",
        "`${Gone}`",
    ),
    // `unchecked` leaves the place out.
    (
        |s| {
            let text = intrinsics::sub_with("${Gone}", no_variables());
            s.add("Note", CfnSsmParameter::new(ParameterType::STRING, text)).unchecked("Value");
        },
        "",
        "",
        "",
    ),
];

#[test]
fn references_to_nothing_are_problems_of_the_construct_that_has_them() {
    for (index, (build, path, property, message)) in ROWS.iter().enumerate() {
        let found = problems(|stack| {
            stack.add("Other", CfnEIP::new());
            build(stack);
        });
        if path.is_empty() {
            assert_eq!(found, [], "row {index}");
            continue;
        }
        let [problem] = &found[..] else { panic!("row {index}: one problem was expected, found {found:#?}") };
        assert_eq!(problem.path, *path, "{problem}");
        assert!(problem.message.contains(message), "{problem}");
        assert_eq!(problem.property.as_deref().unwrap_or("Fn"), *property, "{problem}");
        assert!(problem.declared_at.file().ends_with("golden/references.rs"), "{problem}");
        assert!(!problem.hint.is_empty(), "{problem}");
    }
}

#[test]
fn what_a_macro_can_make_is_a_note() {
    let template = Template::of(|stack| {
        note(stack, intrinsics::sub_with("${Made}", no_variables()));
        stack.add_transform("Acme::Macro");
    });
    let [note] = template.notices() else { panic!("one note was expected, found {:#?}", template.notices()) };
    assert_eq!((note.severity, note.path.as_str()), (Severity::Info, "Stack/Note"), "{note}");
}

#[test]
fn outputs_of_other_stacks_of_the_app_exist() {
    let synthesize = |output: &str, region| {
        let app = App::new();
        app.add("Producer", Stack::props()).add("Topic", CfnOutput::new("x"));
        let stack = app.add("Reader", Stack::props());
        note(&stack, intrinsics::stack_output("Producer", output, region));
        app.synth().err().unwrap_or_default()
    };
    for (output, region, expected) in [("Topics", None, 1), ("Topic", None, 0), ("Topics", Some("eu-west-1"), 0)] {
        let found = synthesize(output, region);
        let mine = found.iter().filter(|it| it.message.contains("has no output `Topics`; its template has `Topic`"));
        assert_eq!(mine.count(), expected, "{found:#?}");
    }
}
