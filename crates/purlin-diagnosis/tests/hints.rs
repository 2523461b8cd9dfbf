//! Tests every row of the hint table with a reason of AWS: documented, or reported by users of other tools.

use std::collections::BTreeSet;

use purlin_diagnosis::hints::{all, for_refusal, of_failure, of_task};
use purlin_diagnosis::{Diagnosis, Failure};

/// Resource type, reason and words of the hint, from `reasons.yaml`.
fn reasons() -> Vec<[String; 3]> {
    let rows = purlin_template::load(include_str!("reasons.yaml")).expect("the file is YAML");
    serde_json::from_value(rows.to_json()).expect("a row is three texts")
}

#[test]
fn every_listed_reason_has_its_hint() {
    let reasons = reasons();
    let wrong: Vec<String> = reasons
        .iter()
        .filter_map(|[kind, reason, words]| match of_failure(kind, reason) {
            Some(hint) if hint.advice.contains(words) => None,
            Some(hint) => Some(format!("{kind}: {reason}\n  {} ({:?})", hint.advice, hint.patterns)),
            None => Some(format!("{kind}: {reason}\n  no hint")),
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), reasons.len(), wrong.join("\n"));
}

#[test]
fn every_row_is_reached_by_a_listed_reason() {
    let found: Vec<_> = reasons().iter().filter_map(|[kind, reason, _]| of_failure(kind, reason)).collect();
    let rows: Vec<_> = all().collect();
    let missed: Vec<_> = rows.iter().filter(|row| !found.iter().any(|hint| std::ptr::eq(**row, *hint))).collect();
    assert!(missed.is_empty(), "{missed:#?}");
    assert!(rows.len() >= 60, "{} rows", rows.len());
}

#[test]
fn patterns_are_in_lower_case_and_texts_have_no_period() {
    for row in all() {
        for pattern in &row.patterns {
            assert_eq!(*pattern, pattern.to_ascii_lowercase(), "reasons are compared in lower case");
        }
        for text in [&row.means, &row.advice] {
            assert!(!text.ends_with('.') && !text.is_empty() && !text.contains("  "), "{text}");
        }
    }
    let keys: BTreeSet<_> = all().map(|row| (&row.kind, &row.patterns)).collect();
    assert_eq!(keys.len(), all().count(), "no row is there twice");
}

#[test]
fn an_unknown_reason_has_no_hint() {
    assert_eq!(of_failure("AWS::SQS::Queue", "odd"), None);
}

#[test]
fn every_listed_reason_of_a_stopped_task_has_its_meaning() {
    let rows = purlin_template::load(include_str!("tasks.yaml")).expect("the file is YAML");
    let rows: Vec<[String; 2]> = serde_json::from_value(rows.to_json()).expect("a row is two texts");
    for [reason, words] in rows {
        let hint = of_task(&reason).unwrap_or_else(|| panic!("no meaning of {reason}"));
        assert!(hint.means.contains(&words), "{reason}: {}", hint.means);
    }
    for reason in ["Essential container in task exited", "(service web) has reached a steady state."] {
        assert_eq!(of_task(reason), None);
    }
}

#[test]
fn refused_templates_have_hints() {
    for (message, words) in [
        ("Requires capabilities : [CAPABILITY_AUTO_EXPAND]", "macro"),
        ("Parameters: [Size] must have values", "--parameters"),
        (
            "The following hook(s)/validation failed: [AWS::EarlyValidation::ResourceExistenceCheck]. To troubleshoot Early \
             Validation errors, use the DescribeEvents API for detailed failure information.",
            "outside the stack",
        ),
    ] {
        assert!(for_refusal(message).expect(message).contains(words), "{message}");
    }
}

#[test]
fn a_hint_for_the_tasks_replaces_the_general_hint_of_the_service() {
    let breaker = "Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'.";
    let image = "3 tasks stopped: CannotPullContainerError: pull image manifest has been retried 1 time(s)";
    for (reason, facts, words) in [
        (breaker, vec![], "why the tasks stopped"),
        (breaker, vec!["`web:7`: 0 of 2 tasks run", image], "image's name and tag"),
        (breaker, vec!["  the last lines of `web`:", "    CannotPullContainerError"], "why the tasks stopped"),
        ("The container web did not have a container port 80 defined.", vec![image], "port mappings"),
    ] {
        let resource_type = "AWS::ECS::Service".to_owned();
        let service = Failure { logical_id: "S".into(), resource_type, reason: reason.into(), ..Failure::default() };
        let mut found = Diagnosis { cause: Some(service), ..Diagnosis::default() };
        found.add_facts("S", facts.iter().map(|fact| (*fact).to_owned()));
        assert!(found.cause.expect("the cause").hint.expect("a hint").contains(words), "{reason} {facts:?}");
    }
}
