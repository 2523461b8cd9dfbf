//! Settings of the reference stacks, and the environment variables that replace them.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::overrides::{Mistake, read};
use crate::parts;

/// Settings like those of the stacks.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    domain: String,
    #[serde(default)]
    burst: u32,
    #[serde(default)]
    rate: Option<f64>,
    #[serde(default)]
    machines: Vec<String>,
    #[serde(default)]
    environment: BTreeMap<String, String>,
}

/// A variable replaces the file's setting, whatever else is in the file; a wrong one is named.
pub(crate) fn settings(data: &[u8]) {
    let Some([text, domain, burst]) = parts(data) else { return };
    let with = |variables: &[(&str, &str)]| {
        let variables = variables.iter().map(|(name, value)| (format!("APP_{name}"), (*value).to_owned()));
        read::<Settings>(text, "APP_", variables.collect())
    };
    if let Err(Mistake::Environment(message)) = with(&[]) {
        panic!("there is no variable: {message}");
    }
    match with(&[("DOMAIN", domain)]) {
        Ok(settings) => assert_eq!(settings.domain, domain),
        Err(Mistake::Environment(message)) => {
            assert!(message.contains("`APP_DOMAIN`") && domain.is_empty(), "{message}");
        }
        Err(Mistake::File(error)) => drop(error.to_string()),
    }
    match with(&[("BURST", burst)]) {
        Ok(settings) => assert!(!burst.is_empty(), "{settings:?}"),
        Err(Mistake::Environment(message)) => assert!(message.contains("`APP_BURST`"), "{message}"),
        Err(Mistake::File(error)) => drop(error.to_string()),
    }
    if let Err(Mistake::File(error)) = with(&[("DOMAINS", "x")]) {
        drop(error.to_string());
    }
}
