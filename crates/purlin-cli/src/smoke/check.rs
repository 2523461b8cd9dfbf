//! A check of `purlin smoke`, its result, and a failure in four parts.

use serde::Serialize;
use serde_json::{Map, Value, json};

/// A check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Check {
    /// Such as `client web of eu-west-1_Abc`.
    pub(crate) about: String,
    /// Such as `its domain answers`.
    pub(crate) what: String,
    pub(crate) outcome: Outcome,
}

/// The result of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed,
    /// It could not be checked, or not without changing something.
    Skipped {
        why: String,
    },
    Failed(Trouble),
}

/// What is wrong, in four parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    /// What is wrong, in terms of the stack's users.
    pub(crate) wrong: String,
    /// What was found.
    pub(crate) found: String,
    /// What was expected.
    pub(crate) expected: String,
    /// What to do.
    pub(crate) hint: String,
}

impl Trouble {
    pub(crate) fn new(
        wrong: impl Into<String>,
        found: impl Into<String>,
        expected: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self { wrong: wrong.into(), found: found.into(), expected: expected.into(), hint: hint.into() }
    }
}

impl Check {
    /// A check that passed, or failed with this trouble.
    pub(crate) fn of(about: &str, what: impl Into<String>, result: Result<(), Trouble>) -> Self {
        let outcome = result.map_or_else(Outcome::Failed, |()| Outcome::Passed);
        Self { about: about.to_owned(), what: what.into(), outcome }
    }

    pub(crate) fn skipped(about: &str, what: impl Into<String>, why: impl Into<String>) -> Self {
        Self { about: about.to_owned(), what: what.into(), outcome: Outcome::Skipped { why: why.into() } }
    }
}

impl Serialize for Check {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = Map::new();
        map.insert("about".into(), json!(self.about));
        map.insert("check".into(), json!(self.what));
        match &self.outcome {
            Outcome::Passed => drop(map.insert("outcome".into(), json!("passed"))),
            Outcome::Skipped { why } => {
                map.insert("outcome".into(), json!("skipped"));
                map.insert("why".into(), json!(why));
            }
            Outcome::Failed(trouble) => {
                map.insert("outcome".into(), json!("failed"));
                map.insert("wrong".into(), json!(trouble.wrong));
                map.insert("found".into(), json!(trouble.found));
                map.insert("expected".into(), json!(trouble.expected));
                map.insert("hint".into(), json!(trouble.hint));
            }
        }
        Value::Object(map).serialize(serializer)
    }
}
