//! Writing: readable, unambiguous, and read back as the same value by two loaders.

use proptest::prelude::*;
use purlin_template::{load, to_yaml};
use serde_json::{Map, Number, Value, json};

#[test]
fn a_template_reads_as_a_person_would_write_it() {
    let template = json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Resources": {
            "Service": {
                "Type": "AWS::ECS::Service",
                "DependsOn": ["Listener"],
                "Properties": {
                    "Cluster": {"Ref": "Cluster"},
                    "DesiredCount": 2,
                    "EnableExecuteCommand": true,
                    "Name": {"Fn::Join": ["", [{"Ref": "AWS::StackName"}, "-", {"Fn::GetAtt": ["Cluster", "Arn"]}]]},
                    "Ports": [{"ContainerPort": 80, "Protocol": "tcp"}, {"ContainerPort": 443, "Protocol": "no"}],
                    "UserData": {"Fn::Base64": {"Fn::Sub": "#!/bin/sh\necho ${AWS::Region}\n"}},
                    "Zones": {"Fn::Select": [0, {"Fn::GetAZs": ""}]},
                    "Matrix": [["a"], [], [{}, [{"b": null}]]],
                    "Account": "012345678901"
                }
            }
        }
    });
    let expected = r#"AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Service:
    Type: AWS::ECS::Service
    DependsOn:
      - Listener
    Properties:
      Cluster: !Ref Cluster
      DesiredCount: 2
      EnableExecuteCommand: true
      Name: !Join
        - ""
        - - !Ref AWS::StackName
          - "-"
          - !GetAtt Cluster.Arn
      Ports:
        - ContainerPort: 80
          Protocol: tcp
        - ContainerPort: 443
          Protocol: "no"
      UserData:
        Fn::Base64: !Sub |
          #!/bin/sh
          echo ${AWS::Region}
      Zones: !Select
        - 0
        - !GetAZs ""
      Matrix:
        - - a
        - []
        - - {}
          - - b: null
      Account: "012345678901"
"#;
    assert_eq!(to_yaml(&template), expected);
    assert_eq!(load(expected).unwrap().to_json(), template);
}

#[test]
fn text_that_looks_like_something_else_is_quoted() {
    for text in [
        "no",
        "y",
        "on",
        "Null",
        "~",
        "2012-10-17",
        "0123",
        "1e3",
        "22:22",
        "1_000",
        "0x1F",
        "",
        " a",
        "a ",
        "a: b",
        "a #b",
        "a:",
        "#a",
        "*a",
        "&a",
        "!a",
        "%a",
        "@a",
        "`a",
        "- a",
        "-",
        "? a",
        "{a",
        "[a",
        "|",
        ">",
        "'a'",
        "\"a\"",
        "---",
        "...",
        "=",
        "<<",
        "a\tb",
        "a\r\nb",
        "\u{7f}",
        "\u{85}",
        "\u{2028}",
        "\u{feff}a",
        "\n",
        "a\n \nb",
        " a\nb",
        "1.",
        ".5",
        "+1",
        "-.inf",
    ] {
        let yaml = to_yaml(&json!({"a": text}));
        assert!(yaml.starts_with("a: \"") && yaml.lines().count() == 1, "{yaml}");
        assert_same(&json!({"a": text, text: "b"}));
    }
}

#[test]
fn lines_become_a_block_when_it_gives_them_back() {
    for (text, expected) in [
        ("a\nb", "k: |-\n  a\n  b\n"),
        ("a\n\n  b\n", "k: |\n  a\n\n    b\n"),
        ("a\n\n", "k: |+\n  a\n\n"),
        ("a: 1\n# b\n", "k: |\n  a: 1\n  # b\n"),
    ] {
        assert_eq!(to_yaml(&json!({"k": text})), expected);
        assert_same(&json!({"k": text, "l": [text, text], "m": {"Fn::Sub": text}}));
    }
}

#[test]
fn tags_stand_only_where_cloudformation_takes_them() {
    for (value, expected) in [
        (json!({"Ref": "A", "b": 1}), "Ref: A\nb: 1\n"),
        (json!({"Ref": 1}), "Ref: 1\n"),
        (json!({"Fn::GetAtt": "A.B"}), "Fn::GetAtt: A.B\n"),
        (json!({"Fn::GetAtt": ["A", {"Ref": "B"}]}), "Fn::GetAtt:\n  - A\n  - !Ref B\n"),
        (json!({"Fn::GetAZs": {"Ref": "AWS::Region"}}), "Fn::GetAZs: !Ref AWS::Region\n"),
        (
            json!({"Fn::Split": [",", {"Fn::ImportValue": {"Fn::Sub": "${N}-x"}}]}),
            "!Split\n- \",\"\n- Fn::ImportValue: !Sub ${N}-x\n",
        ),
        (json!({"Condition": "A"}), "Condition: A\n"),
        (json!({"Fn::Transform": {"Name": "A"}}), "Fn::Transform:\n  Name: A\n"),
        (json!({"Fn::Join": []}), "!Join []\n"),
        (json!([{"Fn::Not": [{"Condition": "A"}]}]), "- !Not\n  - Condition: A\n"),
    ] {
        assert_eq!(to_yaml(&value), expected);
        assert_same(&value);
    }
}

#[test]
fn keys_of_any_length_are_legal() {
    assert_same(&json!({"x".repeat(2000): [{"y".repeat(1500): 1, "z": 2}]}));
}

#[track_caller]
fn assert_same(value: &Value) {
    let yaml = to_yaml(value);
    match load(&yaml) {
        Ok(read) => assert_eq!(&read.to_json(), value, "\n{yaml}"),
        Err(error) => panic!("{error}\n{yaml}"),
    }
}

/// Text made of the pieces that make YAML readers stumble.
fn text() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "a", "B", "0", "1", "9", " ", "\n", "\t", "\r", ":", ": ", " #", "#", "-", "- ", "?", ",", "[", "]", "{", "}",
        "&", "*", "!", "|", ">", "'", "\"", "%", "@", "`", "\\", "~", "no", "yes", "null", "true", ".", "e", "+", "_",
        "<<", "=", "${A}", "é", "😀", "\u{85}", "\u{2028}", "\u{0}", "\u{1b}", "---", "...", "::",
    ]);
    prop_oneof![prop::collection::vec(pieces, 0..8).prop_map(|pieces| pieces.concat()), any::<String>()]
}

fn number() -> impl Strategy<Value = Value> {
    let float =
        any::<f64>().prop_filter_map("JSON has no infinities", |float| Number::from_f64(float).map(Value::Number));
    prop_oneof![any::<i64>().prop_map(Value::from), any::<u64>().prop_map(Value::from), float]
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::from), number(), text().prop_map(Value::from)]
}

fn object(entries: Vec<(String, Value)>) -> Value {
    Value::Object(Map::from_iter(entries))
}

fn untagged() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(5, 48, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::vec((text(), inner), 0..5).prop_map(object),
        ]
    })
}

fn with_functions() -> impl Strategy<Value = Value> {
    let names = prop::sample::select(vec![
        "Ref",
        "Condition",
        "Fn::GetAtt",
        "Fn::Sub",
        "Fn::Join",
        "Fn::If",
        "Fn::Base64",
        "Fn::GetAZs",
        "Fn::Select",
        "Fn::Length",
    ]);
    leaf().prop_recursive(5, 48, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((text(), inner.clone()), 0..4).prop_map(object),
            (names.clone(), inner).prop_map(|(name, argument)| json!({name: argument})),
        ]
    })
}

proptest! {
    #[test]
    fn our_loader_reads_back_what_was_written(value in with_functions()) {
        assert_same(&value);
    }

    #[test]
    fn another_loader_reads_the_same(value in untagged()) {
        let yaml = to_yaml(&value);
        // Tags are ours to read; the generated keys never spell a function, so there are none.
        let read: Value = serde_yaml::from_str(&yaml).map_err(|error| TestCaseError::fail(format!("{error}\n{yaml}")))?;
        prop_assert_eq!(read, value, "\n{}", yaml);
    }
}
