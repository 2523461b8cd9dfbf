//! Every setting, rule and policy that permits more, from `openings.yaml`, with its quiet counterpart.

use purlin_template::{broadening, load};
use serde_json::{Value, json};

fn rows(text: &str) -> Value {
    load(text).expect("the file is YAML").to_json()
}

fn template(kind: &Value, properties: &Value) -> Value {
    match properties {
        Value::String(_) => json!({"Resources": {}}),
        properties => json!({"Resources": {"It": {"Type": kind, "Properties": properties}}}),
    }
}

fn lines(before: &Value, after: &Value) -> Value {
    broadening(Some(before), after).into_iter().map(|it| it.what).collect()
}

#[test]
fn every_row_opens_and_its_counterpart_is_quiet() {
    let rows = rows(include_str!("openings.yaml"));
    let empty = json!({});
    let mut count = 0;
    for row in rows.as_array().expect("a list of rows") {
        let part = |name: &str| template(&row["type"], row.get(name).unwrap_or(&empty));
        let (closed, open) = (part("closed"), part("open"));
        assert!(row["lines"].as_array().is_some_and(|lines| !lines.is_empty()), "{row}");
        assert_eq!(lines(&closed, &open), row["lines"], "{row}");
        assert_eq!(lines(&open, &closed), json!([]), "less is permitted: {row}");
        let mut unrelated = open.clone();
        unrelated["Resources"]["It"]["DeletionPolicy"] = json!("Retain");
        unrelated["Resources"]["Other"] = json!({"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": 1}});
        assert_eq!(lines(&open, &unrelated), json!([]), "what changes has nothing to do with it: {row}");
        count += 1;
    }
    assert!(count > 400, "{count} rows");
}

#[test]
fn what_a_template_does_not_show_is_reported_when_it_is_new_or_changes() {
    for row in rows(include_str!("hidden.yaml")).as_array().expect("a list of rows") {
        assert_eq!(lines(&row["before"], &row["after"]), row["lines"], "{}", row["name"]);
        assert_eq!(lines(&row["after"], &row["after"]), json!([]), "{}", row["name"]);
    }
}

/// The lines of the table, with `*` for their values, each have a row.
#[test]
fn every_line_of_the_table_has_a_row() {
    let table = rows(include_str!("../../src/broadening/openings.yaml"));
    let tests = rows(include_str!("openings.yaml"));
    let seen: Vec<&str> = tests
        .as_array()
        .expect("a list")
        .iter()
        .flat_map(|row| row["lines"].as_array().expect("lines"))
        .filter_map(Value::as_str)
        .collect();
    for row in table["settings"].as_array().expect("a list of settings") {
        let line = ["opens", "shields", "guards"].iter().find_map(|kind| row[*kind].as_str()).expect("a line");
        let fixed: Vec<&str> =
            line.split('{').map(|part| part.split_once('}').map_or(part, |(_, rest)| rest)).collect();
        let fits = |seen: &&str| {
            let mut rest = *seen;
            fixed.iter().all(|part| match rest.find(part.trim_end_matches('`').trim()) {
                Some(at) => {
                    rest = &rest[at..];
                    true
                }
                None => false,
            })
        };
        assert!(seen.iter().any(fits), "no row of the tests opens {row}");
    }
    for row in table["traffic"].as_array().expect("a list of rules") {
        assert!(tests.as_array().expect("a list").iter().any(|it| it["type"] == row["type"]), "{row}");
    }
}
