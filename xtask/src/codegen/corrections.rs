//! Takes out of the schemas what they refuse and AWS takes, from `corrections.yaml`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::Value;

use super::extensions::schema_at;
use super::json_schema::each;

/// Every correction.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Corrections {
    places: Vec<Correction>,
    /// The types whose networks are of IPv4, as `ipv4-network` says.
    networks_of_ipv4: BTreeSet<String>,
}

/// Keywords that are wrong at a place.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Correction {
    /// `TYPE`, or `TYPE PATH/*`.
    place: String,
    without: Vec<String>,
    why: String,
}

impl Corrections {
    /// Reads the table of the repository.
    pub fn read(folder: &Path) -> Result<Self> {
        let text = fs::read_to_string(folder.join("corrections.yaml")).context("reading `corrections.yaml`")?;
        let table: Self = serde_yaml::from_str(&text).context("reading `corrections.yaml`")?;
        let unfounded = table.places.iter().find(|correction| correction.why.trim().is_empty());
        ensure!(unfounded.is_none(), "a correction without a reason: {unfounded:?}");
        Ok(table)
    }

    /// Removes the keywords. One that is not there any more is an error: the source is right by now.
    pub fn apply(&self, types: &mut BTreeMap<String, Value>) -> Result<()> {
        for Correction { place, without, .. } in &self.places {
            let schema = schema_at(types, place).with_context(|| format!("correcting `{place}`"))?;
            for keyword in without {
                ensure!(schema.shift_remove(keyword).is_some(), "`{place}` has no `{keyword}`; remove the correction");
            }
        }
        for (_, schema) in types.iter_mut().filter(|(name, _)| !self.networks_of_ipv4.contains(*name)) {
            each(schema, &mut |keywords| {
                if keywords.get("format").is_some_and(|format| format == "ipv4-network") {
                    keywords.shift_remove("format");
                }
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn corrected(place: &str) -> Result<Value> {
        let table =
            format!("{{places: [{{place: {place}, without: [pattern], why: it is wrong}}], networks_of_ipv4: []}}");
        let table: Corrections = serde_yaml::from_str(&table).expect("the test's table is well-formed");
        let property = json!({"type": "string", "pattern": "^$"});
        let mut types =
            BTreeMap::from([("A::B::C".to_owned(), json!({"properties": {"Name": property}, "type": "object"}))]);
        table.apply(&mut types)?;
        Ok(types["A::B::C"].clone())
    }

    #[test]
    fn keywords_are_removed_where_they_are() {
        let schema = corrected("A::B::C Name").expect("the keyword is there");
        assert_eq!(schema, json!({"properties": {"Name": {"type": "string"}}, "type": "object"}));
        for (place, why) in
            [("A::B::C", "remove the correction"), ("A::B::C Gone", "no `Gone`"), ("A::B::D", "no type")]
        {
            let error = corrected(place).expect_err("there is nothing to correct");
            assert!(format!("{error:#}").contains(why), "{error:#}");
        }
    }

    #[test]
    fn networks_are_of_ipv4_only_where_that_is_known() {
        let network = || json!({"properties": {"Cidr": {"type": "string", "format": "ipv4-network"}}});
        let mut types = BTreeMap::from([("A::B::C".to_owned(), network()), ("A::B::D".to_owned(), network())]);
        let table: Corrections =
            serde_yaml::from_str("{places: [], networks_of_ipv4: [A::B::C]}").expect("the test's table is well-formed");
        table.apply(&mut types).expect("there is nothing that could be gone");
        assert_eq!(types["A::B::C"], network());
        assert_eq!(types["A::B::D"], json!({"properties": {"Cidr": {"type": "string"}}}));
    }
}
