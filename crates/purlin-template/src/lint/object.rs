//! Objects and lists against their keywords: allowed and required members, members that exclude each other, counts.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::lint::check::{Check, Found};
use crate::lint::problem::Violation;
use crate::lint::seen::Seen;
use crate::lint::{pattern, plain};
use crate::nearest::nearest;
use crate::node::{Key, Mapping, Spanned};
use crate::schema::{entries, texts};

/// The members of an object in this scenario.
struct Members<'t> {
    present: BTreeSet<&'t str>,
    /// Those among them that an undecidable condition may omit.
    optional: BTreeSet<&'t str>,
    /// A macro or a loop adds members that are not known here.
    is_open: bool,
}

impl Members<'_> {
    fn has(&self, name: &str) -> bool {
        self.present.contains(name)
    }

    fn surely_has(&self, name: &str) -> bool {
        self.has(name) && !self.optional.contains(name)
    }
}

impl<'t, 's> Check<'t, 's> {
    /// A mapping, against `properties`, `required` and related keywords.
    pub(super) fn object(&mut self, schema: &'s Value, value: &'t Spanned, entries: &'t Mapping, found: &mut Found) {
        let members = self.members(entries);
        for (name, entry) in entries {
            if !is_filled_in(name) {
                self.path.push(Key::Name(name));
                self.member(schema, name, &entry.value, found);
                self.path.pop();
            }
        }
        if members.is_open {
            found.is_unsure = true;
            return;
        }
        found.is_unsure |= !members.optional.is_empty();
        self.required(schema, value, &members, found);
        self.exclusive(schema, value, &members, found);
        self.depending(schema, value, &members, found);
        let all = members.present.len();
        let count = all - members.optional.len()..=all;
        for violation in plain::counted(schema, ["minProperties", "maxProperties"], count, "properties") {
            self.report(violation, value, found);
        }
    }

    /// The names that are there, and not `AWS::NoValue`.
    fn members(&mut self, entries: &'t Mapping) -> Members<'t> {
        let mut members = Members { present: BTreeSet::new(), optional: BTreeSet::new(), is_open: false };
        let depth = self.path.len();
        for (name, entry) in entries {
            members.is_open |= is_filled_in(name);
            let seen = self.seen(&entry.value);
            self.path.truncate(depth);
            if matches!(seen, Seen::Absent) {
                continue;
            }
            members.present.insert(name);
            if seen.may_be_absent() {
                members.optional.insert(name);
            }
        }
        members
    }

    fn member(&mut self, schema: &'s Value, name: &'t str, value: &'t Spanned, found: &mut Found) {
        let mut is_known = false;
        if let Some(inner) = schema["properties"].get(name) {
            is_known = true;
            if self.path.len() == 2 && self.kind.is_read_only(name) {
                return self.report(Violation::ReadOnly { name: name.to_owned() }, value, found);
            }
            self.value(inner, value, found);
        }
        for (form, inner) in entries(&schema["patternProperties"]) {
            if pattern::matches(form, name) != Some(false) {
                is_known = true;
                self.value(inner, value, found);
            }
        }
        if let Some(names) = schema.get("propertyNames")
            && let Some(violation) = plain::name_violation(names, name)
        {
            self.report(violation, value, found);
        }
        match &schema["additionalProperties"] {
            Value::Bool(false) if !is_known => {
                let depth = self.path.len();
                let seen = self.seen(value);
                self.path.truncate(depth);
                if !seen.may_be_absent() {
                    self.report(self.unknown(schema, name), value, found);
                }
            }
            inner @ Value::Object(_) if !is_known => self.value(inner, value, found),
            _ => {}
        }
    }

    fn unknown(&self, schema: &Value, name: &str) -> Violation {
        let is_top = self.path.len() == 2;
        let known = entries(&schema["properties"]).map(|(name, _)| name);
        let mut allowed: Vec<String> =
            known.filter(|name| !is_top || !self.kind.is_read_only(name)).map(str::to_owned).collect();
        let patterns: Vec<String> = entries(&schema["patternProperties"]).map(|(form, _)| form.to_owned()).collect();
        if allowed.is_empty() && !patterns.is_empty() {
            return Violation::Name { name: name.to_owned(), patterns };
        }
        allowed.sort();
        let suggestion = nearest(name, allowed.iter().map(String::as_str)).map(str::to_owned);
        Violation::UnknownProperty { name: name.to_owned(), allowed, suggestion }
    }

    fn required(&mut self, schema: &'s Value, value: &'t Spanned, members: &Members<'t>, found: &mut Found) {
        if self.is_completed_elsewhere && self.path.len() == 1 {
            found.is_unsure = true;
            return;
        }
        for name in texts(&schema["required"]).filter(|name| !members.has(name)) {
            self.report(Violation::Missing { name: name.to_owned(), because_of: None }, value, found);
        }
        for any_of in [&schema["requiredOr"], &schema["requiredXor"]].into_iter().filter(|it| it.is_array()) {
            if !texts(any_of).any(|name| members.has(name)) {
                let names = texts(any_of).map(str::to_owned).collect();
                self.report(Violation::NeedsOneOf { names }, value, found);
            }
        }
    }

    /// Properties of which one can be set.
    fn exclusive(&mut self, schema: &'s Value, value: &'t Spanned, members: &Members<'t>, found: &mut Found) {
        let given: Vec<String> =
            texts(&schema["requiredXor"]).filter(|name| members.surely_has(name)).map(str::to_owned).collect();
        if given.len() > 1 {
            self.report(Violation::Exclusive { given }, value, found);
        }
        let mut said = BTreeSet::new();
        for (name, excluded) in entries(&schema["dependentExcluded"]) {
            for other in texts(excluded).filter(|_| members.surely_has(name)) {
                let mut pair = [name, other];
                pair.sort_unstable();
                if members.surely_has(other) && said.insert(pair) {
                    self.report(Violation::Exclusive { given: vec![name.to_owned(), other.to_owned()] }, value, found);
                }
            }
        }
    }

    /// Properties that ask for others.
    fn depending(&mut self, schema: &'s Value, value: &'t Spanned, members: &Members<'t>, found: &mut Found) {
        for (name, asked) in entries(&schema["dependentRequired"]).chain(entries(&schema["dependencies"])) {
            if !members.surely_has(name) {
                continue;
            }
            for other in texts(asked).filter(|other| !members.has(other)) {
                let because_of = Some(name.to_owned());
                self.report(Violation::Missing { name: other.to_owned(), because_of }, value, found);
            }
            if asked.is_object() {
                self.known(asked, value, found);
            }
        }
    }

    // ------------------------------------------------------------ lists

    /// A list, against `items`, its length and what must differ in it.
    pub(super) fn list(&mut self, schema: &'s Value, value: &'t Spanned, items: &'t [Spanned], found: &mut Found) {
        let depth = self.path.len();
        let first = schema["prefixItems"].as_array().map_or(&[][..], Vec::as_slice);
        let mut seen = Vec::new();
        let mut is_open = false;
        for (index, item) in items.iter().enumerate() {
            self.path.push(Key::Index(index));
            match self.seen(item) {
                Seen::Absent => {}
                it => {
                    is_open |= is_loop(item);
                    seen.push(it);
                }
            }
            self.path.truncate(depth + 1);
            if let Some(inner) = first.get(index).or_else(|| schema.get("items")) {
                self.value(inner, item, found);
            }
            self.path.truncate(depth);
        }
        found.is_unsure |= is_open;
        if is_open {
            return;
        }
        let optional = seen.iter().filter(|it| it.may_be_absent()).count();
        found.is_unsure |= optional > 0;
        for violation in plain::counted(schema, ["minItems", "maxItems"], seen.len() - optional..=seen.len(), "items") {
            self.report(violation, value, found);
        }
        if let Some(given) = twice(schema, &seen) {
            self.report(Violation::Duplicate { given }, value, found);
        }
        self.contains(schema, value, items, found);
        if let Some(most) = schema["maxUniqueItems"].as_u64() {
            let different: BTreeSet<String> = seen.iter().filter_map(written).collect();
            if different.len() as u64 > most {
                let limit = format!("at most {most} different ones");
                self.report(Violation::Size { given: different.len(), of: "different items", limit }, value, found);
            }
        }
    }

    fn contains(&mut self, schema: &'s Value, value: &'t Spanned, items: &'t [Spanned], found: &mut Found) {
        let Some(wanted) = schema.get("contains") else { return };
        let mut fits = false;
        let mut is_unsure = false;
        for item in items {
            let one = self.tried(wanted, item);
            fits |= one.problems.is_empty() && !one.is_unsure;
            is_unsure |= one.problems.is_empty() && one.is_unsure;
        }
        found.is_unsure |= !fits && is_unsure;
        if !fits && !is_unsure {
            let names = plain::allowed_words(wanted);
            let violation =
                if names.is_empty() { Violation::Form { closest: None } } else { Violation::NeedsOneOf { names } };
            self.report(violation, value, found);
        }
    }
}

/// Whether a macro or a loop fills the mapping in under this name.
fn is_filled_in(name: &str) -> bool {
    name == "Fn::Transform" || name.starts_with("Fn::ForEach::")
}

fn is_loop(item: &Spanned) -> bool {
    item.as_mapping().is_some_and(|entries| entries.keys().any(|name| is_filled_in(name)))
}

/// The first item, or key of items, that is there twice.
fn twice(schema: &Value, seen: &[Seen<'_>]) -> Option<String> {
    let mut found = BTreeSet::new();
    if schema["uniqueItems"] == Value::Bool(true) {
        let twice = seen.iter().filter_map(written).find(|text| !found.insert(text.clone()));
        if twice.is_some() {
            return twice;
        }
    }
    let keys: Vec<&str> = texts(&schema["uniqueKeys"]).collect();
    if keys.is_empty() {
        return None;
    }
    let mut found = BTreeSet::new();
    let key = |seen: &Seen<'_>| {
        let Seen::Known(item) = seen else { return None };
        let values = keys.iter().map(|key| item.get(key).and_then(plain::text));
        values.collect::<Option<Vec<String>>>().map(|values| values.join(", "))
    };
    seen.iter().filter_map(key).find(|text| !found.insert(text.clone()))
}

/// A value that is written out in full, as text to compare.
fn written(seen: &Seen<'_>) -> Option<String> {
    let Seen::Known(value) = seen else { return None };
    Some(plain::text(value).unwrap_or_else(|| value.to_json().to_string()))
}

// ---------------------------------------------------------------- alternatives

/// The properties of which one is needed, if that is all the forms say: `[{"required": ["A"]}, {"required": ["B"]}]`.
pub(crate) fn alternatives(arms: &[Value]) -> Option<Vec<String>> {
    let one = |arm: &Value| {
        let entries = arm.as_object()?;
        let only = entries.keys().all(|key| key == "required" || key == "type" || key == "not");
        let names: Vec<&str> = texts(&arm["required"]).collect();
        (only && names.len() == 1).then(|| names[0].to_owned())
    };
    arms.iter().map(one).collect()
}

/// The properties that exclude each other, if that is all the forms say.
pub(super) fn exclusive(arms: &[Value], value: &Spanned) -> Option<Vec<String>> {
    let names = alternatives(arms)?;
    Some(names.into_iter().filter(|name| value.get(name).is_some()).collect())
}
