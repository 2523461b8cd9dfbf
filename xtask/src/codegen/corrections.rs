//! Takes out of the schemas what they refuse and AWS takes, from `corrections.yaml`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::extensions::schema_at;
use super::json_schema::{each, texts};

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
    /// Keywords, or members of one: `dependentRequired/Name`.
    #[serde(default)]
    without: Vec<String>,
    /// AWS takes more words than those listed.
    #[serde(default)]
    volatile: bool,
    /// The members begin with a capital or a small letter.
    #[serde(default)]
    either_case: bool,
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
        for Correction { place, without, volatile, either_case, .. } in &self.places {
            let schema = schema_at(types, place).with_context(|| format!("correcting `{place}`"))?;
            for keyword in without {
                let is_there = remove(schema, keyword);
                ensure!(is_there, "`{place}` has no `{keyword}`; remove the correction");
            }
            if *volatile {
                schema.insert("volatile".to_owned(), Value::Bool(true));
            }
            if *either_case {
                in_either_case(schema);
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

/// Removes `keyword`, or `keyword/member`; whether it was there.
fn remove(schema: &mut Map<String, Value>, keyword: &str) -> bool {
    match keyword.split_once('/') {
        Some((keyword, member)) => {
            let members = schema.get_mut(keyword).and_then(Value::as_object_mut);
            members.is_some_and(|members| members.shift_remove(member).is_some())
        }
        None => schema.shift_remove(keyword).is_some(),
    }
}

/// Adds the members that begin with a small letter; of those that are required one is enough.
fn in_either_case(schema: &mut Map<String, Value>) {
    let small = |name: &str| name[..1].to_ascii_lowercase() + &name[1..];
    if let Some(members) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        let more: Vec<(String, Value)> = members.iter().map(|(name, value)| (small(name), value.clone())).collect();
        members.extend(more);
    }
    let required = schema.shift_remove("required").unwrap_or_default();
    let either = texts(Some(&required)).map(|name| json!({"requiredXor": [name, small(name)]}));
    schema.insert("allOf".to_owned(), either.collect());
}

#[cfg(test)]
mod tests {
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
    fn members_are_taken_in_either_case_and_words_as_volatile() {
        let table = "{places: [{place: A::B::C, either_case: true, why: x}, {place: A::B::C Name, volatile: true, \
                     why: x}], networks_of_ipv4: []}";
        let table: Corrections = serde_yaml::from_str(table).expect("the test's table is well-formed");
        let schema = json!({"properties": {"Name": {"enum": ["a"]}}, "required": ["Name"]});
        let mut types = BTreeMap::from([("A::B::C".to_owned(), schema)]);
        table.apply(&mut types).expect("the places are there");
        let expected = json!({
            "properties": {"Name": {"enum": ["a"], "volatile": true}, "name": {"enum": ["a"]}},
            "allOf": [{"requiredXor": ["Name", "name"]}],
        });
        assert_eq!(types["A::B::C"], expected);
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
