//! Reading: what CloudFormation's YAML means, where it stands, and what is refused.

use purlin_template::{TemplateError, load};
use serde_json::{Value, json};

#[track_caller]
fn check(text: &str, expected: Value) {
    match load(text) {
        Ok(value) => assert_eq!(value.to_json(), expected, "{text}"),
        Err(error) => panic!("{error}\n{text}"),
    }
}

#[track_caller]
fn refused(text: &str, expected: &str) -> TemplateError {
    let error = load(text).expect_err(text);
    assert!(error.to_string().contains(expected), "{error}");
    error
}

#[test]
fn short_tags_become_long() {
    check("!Ref A", json!({"Ref": "A"}));
    check("!Condition A", json!({"Condition": "A"}));
    check("a: !GetAtt A.Outputs.Url", json!({"a": {"Fn::GetAtt": ["A", "Outputs.Url"]}}));
    check("!GetAtt [A, !Ref B]", json!({"Fn::GetAtt": ["A", {"Ref": "B"}]}));
    check("!Sub ${A}", json!({"Fn::Sub": "${A}"}));
    check("!Sub\n  - ${A}\n  - A: !Ref B\n", json!({"Fn::Sub": ["${A}", {"A": {"Ref": "B"}}]}));
    check("!Join ['', [a, !Ref B]]", json!({"Fn::Join": ["", ["a", {"Ref": "B"}]]}));
    check(
        "Fn::Base64: !Sub |\n  #!/bin/sh\n  echo ${A}\n",
        json!({"Fn::Base64": {"Fn::Sub": "#!/bin/sh\necho ${A}\n"}}),
    );
    check("!Transform {Name: AWS::Include}", json!({"Fn::Transform": {"Name": "AWS::Include"}}));
    check("!GetAZs ''", json!({"Fn::GetAZs": ""}));
    check("!Ref 123", json!({"Ref": "123"}));
    check("!If [IsProd, 1, !Ref AWS::NoValue]", json!({"Fn::If": ["IsProd", 1, {"Ref": "AWS::NoValue"}]}));
}

#[test]
fn bare_words_mean_what_cloudformation_reads() {
    check(
        "{a: yes, b: Off, c: 2012-10-17, d: 012345678901, e: 0777, f: 10, g: 1.5, h: ~, i: '10', j: y, k: 22:22, l: 1e3}",
        json!({"a": true, "b": false, "c": "2012-10-17", "d": "012345678901", "e": "0777", "f": 10, "g": 1.5, "h": null,
            "i": "10", "j": "y", "k": "22:22", "l": "1e3"}),
    );
    check("[!!str 10, ! 10, !!int 10, 18446744073709551615]", json!(["10", "10", 10, u64::MAX]));
    check("80: http\nyes: sir\n", json!({"80": "http", "yes": "sir"}));
    check("", Value::Null);
}

#[test]
fn anchors_and_merges_are_expanded() {
    check("a: &x {k: 1}\nb: *x\n", json!({"a": {"k": 1}, "b": {"k": 1}}));
    check(
        "base: &base {a: 1, b: 2}\nmore: &more {b: 3, c: 4}\nall:\n  <<: [*base, *more]\n  a: 0\n",
        json!({"base": {"a": 1, "b": 2}, "more": {"b": 3, "c": 4}, "all": {"b": 2, "c": 4, "a": 0}}),
    );
    check("'<<': text", json!({"<<": "text"}));
    check("&k key: 1\nother: *k\n", json!({"key": 1, "other": "key"}));
    refused("a: &a 1\nb:\n  <<: *a\n", "the merge key `<<` at `3:3` holds a number");
    refused("a: &a [*a]\n", "the alias at `1:8` stands inside the value it names");
}

#[test]
fn a_billion_laughs_are_stopped() {
    let mut text = String::from("a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha]\n");
    for level in 1..12 {
        let name = level.to_string();
        let items = vec![format!("*a{}", level - 1); 9].join(", ");
        text.extend(["a", &name, ": &a", &name, " [", &items, "]\n"]);
    }
    refused(&text, "copies more than 200000 values");
    refused(&"[".repeat(200), "nested deeper than 120 levels");
    refused(&format!("{{\"a\": {}", "[".repeat(200)), "nested deeper than 120 levels");
}

#[test]
fn a_key_twice_is_an_error_with_both_places() {
    let expected = "the key `Topic` is given twice in one mapping, at `2:3` and at `4:3`";
    refused("Resources:\n  Topic:\n    Type: A\n  Topic:\n    Type: B\n", expected);
    refused("{\"Resources\": {\n  \"Topic\": 1,\n  \"B\": 2,\n  \"Topic\": 1}}", expected);
}

#[test]
fn what_is_no_template_is_refused_with_a_place() {
    refused("a: !Reff B", "the tag `!Reff` at `1:4` is not a CloudFormation function, did you mean `!Ref`?");
    refused("a: !<tag:example.com,2000:x> B", "is not a CloudFormation function");
    refused("a: !!timestamp 2012-10-17", "the YAML tag `!!timestamp` at `1:4` is not supported");
    refused("a: !!set {b}", "the YAML tag `!!set`");
    refused("a: !GetAtt Topic", "`!GetAtt Topic` at `1:4` names no attribute");
    refused("? [a]\n: b\n", "the key at `1:3` is a list");
    refused("a: 1\n---\nb: 2\n", "a second YAML document starts at `2:1`");
    refused("a: [1", "not valid YAML");
    refused("a:\n\t- b\n", "not valid YAML at `2:");
    refused("{\"a\": [tru, }", "not valid JSON at `1:8`: `tru`");
    refused("{\"a\": 1", "expected `,` or `}`, found the end of the text");
    refused("{\"a\": [01, }", "`01` is no JSON number");
    refused("{\"a\": \"b", "not closed");
}

#[test]
fn json_is_read_as_json_and_flow_mappings_as_yaml() {
    check(
        "{\"a\": \"\\ud83d\\ude00\\/\", \"n\": -1.5e3, \"d\": \"2012-10-17\"}",
        json!({"a": "😀/", "n": -1500.0, "d": "2012-10-17"}),
    );
    check("{a: b}", json!({"a": "b"}));
    check("\u{feff}{\"a\": []}\n", json!({"a": []}));
}

#[test]
fn every_value_knows_its_place() {
    for text in [
        "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n",
        "{\"Resources\":\n {\"Topic\":\n   {\"Type\":\n\"AWS::SNS::Topic\"}}}",
    ] {
        let document = load(text).unwrap();
        let kind = document.get("Resources").and_then(|r| r.get("Topic")).and_then(|t| t.get("Type")).unwrap();
        let at = kind.span.start;
        let line = text.lines().nth(at.line - 1).unwrap();
        assert!(line[at.column - 1..].trim_start_matches('"').starts_with("AWS::SNS"), "{at}");
    }
}
