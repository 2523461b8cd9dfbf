//! What a schema says of one value: every schema that holds for it, references followed.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::json_schema::texts;

/// The schemas that all hold for a value. None where the registry does not know the value.
#[derive(Clone)]
pub struct Node<'a> {
    root: &'a Value,
    parts: Vec<&'a Value>,
}

/// Several ways to fill a value in.
pub struct Group<'a> {
    pub arms: Vec<Node<'a>>,
    /// Whether more than one may hold.
    pub any: bool,
    /// The member that makes them hold, if they do not always.
    pub because: Option<&'a str>,
}

impl<'a> Node<'a> {
    /// The resource type itself.
    pub fn root(root: &'a Value) -> Self {
        Self { root, parts: Vec::new() }.and(root)
    }

    pub fn unknown(&self) -> Self {
        Self { root: self.root, parts: Vec::new() }
    }

    pub fn is_unknown(&self) -> bool {
        self.parts.is_empty()
    }

    /// With one more schema.
    fn and(mut self, schema: &'a Value) -> Self {
        self.add(schema, 0);
        self
    }

    fn add(&mut self, schema: &'a Value, depth: usize) {
        if depth > 16 || self.parts.iter().any(|known| std::ptr::eq(*known, schema)) {
            return;
        }
        self.parts.push(schema);
        let target = schema.get("$ref").and_then(Value::as_str).and_then(|to| self.root.pointer(to.strip_prefix('#')?));
        let all = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
        for schema in target.into_iter().chain(all) {
            self.add(schema, depth + 1);
        }
    }

    /// With the schemas of an arm.
    pub fn with(mut self, arm: &Self) -> Self {
        arm.parts.iter().for_each(|schema| self.add(schema, 0));
        self
    }

    /// What identifies it: the same schemas are the same node.
    pub fn key(&self) -> Vec<usize> {
        self.parts.iter().map(|part| std::ptr::from_ref(*part) as usize).collect()
    }

    /// The values of a keyword.
    pub fn all(&self, keyword: &str) -> impl Iterator<Item = &'a Value> {
        self.parts.iter().filter_map(move |part| part.get(keyword))
    }

    /// The alternatives of `oneOf` and `anyOf`, its own and those that hold because a member is there.
    pub fn groups(&self) -> Vec<Group<'a>> {
        let of = |keyword: &str, any: bool| -> Vec<Group<'a>> {
            let lists = self.all(keyword).filter_map(Value::as_array);
            let arms = |list: &'a Vec<Value>| list.iter().map(|arm| self.unknown().and(arm)).collect();
            lists.map(|list| Group { arms: arms(list), any, because: None }).collect()
        };
        let dependent = self.all("dependencies").filter_map(Value::as_object).flatten();
        let dependent = dependent.filter(|(_, schema)| schema.is_object()).flat_map(|(name, schema)| {
            let groups = self.unknown().and(schema).groups();
            groups.into_iter().map(move |group| Group { because: Some(name), ..group })
        });
        of("oneOf", false).into_iter().chain(of("anyOf", true)).chain(dependent).collect()
    }

    /// What a member can be: by name, by pattern, or by being one more. Nothing if it cannot be there.
    pub fn member(&self, name: &str) -> Option<Self> {
        let named: Vec<&Value> = self.all("properties").filter_map(|properties| properties.get(name)).collect();
        if !named.is_empty() {
            return Some(named.into_iter().fold(self.unknown(), Self::and));
        }
        let closed = self.all("additionalProperties").any(|more| *more == Value::Bool(false));
        (!closed).then(|| self.unknown())
    }

    /// The names of the members it knows.
    pub fn members(&self) -> BTreeSet<&'a str> {
        self.all("properties").filter_map(Value::as_object).flatten().map(|(name, _)| name.as_str()).collect()
    }

    pub fn is_closed(&self) -> bool {
        self.all("additionalProperties").any(|more| *more == Value::Bool(false))
    }

    pub fn required(&self) -> BTreeSet<&'a str> {
        self.all("required").flat_map(|list| texts(Some(list))).collect()
    }

    /// What must be there because something else is.
    pub fn dependents(&self, of: &str) -> BTreeSet<&'a str> {
        let lists = self.all("dependencies").chain(self.all("dependentRequired")).filter_map(|map| map.get(of));
        lists.flat_map(|list| texts(Some(list))).collect()
    }

    /// The items of a list.
    pub fn items(&self) -> Self {
        self.all("items").filter(|items| items.is_object()).fold(self.unknown(), Self::and)
    }

    /// The values of a map with a key for them, by pattern.
    pub fn values(&self) -> (Option<&'a str>, Self) {
        let patterns = self.all("patternProperties").filter_map(Value::as_object).flatten();
        if let Some((pattern, schema)) = patterns.into_iter().next() {
            return (Some(pattern), self.unknown().and(schema));
        }
        let more = self.all("additionalProperties").filter(|more| more.is_object());
        (None, more.fold(self.unknown(), Self::and))
    }

    /// The words of JSON Schema for what it can be; empty if it says nothing.
    pub fn types(&self) -> Vec<&'a str> {
        self.all("type")
            .find_map(|of| of.as_str().map(|word| vec![word]).or(Some(texts(Some(of)).collect())))
            .unwrap_or_default()
    }

    /// Whether it can be of one of these types.
    pub fn allows(&self, types: &[&str]) -> bool {
        let own = self.types();
        let arms = || self.groups().iter().all(|group| group.arms.iter().any(|arm| arm.allows(types)));
        (own.is_empty() || own.iter().any(|own| types.contains(own))) && arms()
    }

    /// With the first arm of every group that can be one of these types: not for objects, whose arms are chosen.
    pub fn narrowed(&self, types: &[&str]) -> Self {
        let mut node = self.clone();
        for group in self.groups() {
            let arm = group.arms.iter().find(|arm| arm.allows(types));
            if let Some(arm) = arm {
                node = node.with(&arm.narrowed(types));
            }
        }
        node
    }

    /// The least of a keyword's numbers, or the greatest.
    pub fn number(&self, keyword: &str) -> Option<f64> {
        self.all(keyword).find_map(Value::as_f64)
    }

    /// A length or a count.
    pub fn count(&self, keyword: &str) -> Option<usize> {
        self.all(keyword).find_map(Value::as_u64).and_then(|count| usize::try_from(count).ok())
    }

    /// The values it is limited to.
    pub fn allowed(&self) -> Vec<&'a Value> {
        let constant = self.all("const").next().map(|only| vec![only]);
        let lists: Vec<Vec<&Value>> =
            self.all("enum").filter_map(Value::as_array).map(|list| list.iter().collect()).collect();
        let Some((first, rest)) = lists.split_first() else { return constant.unwrap_or_default() };
        constant.unwrap_or_else(|| {
            first.iter().filter(|word| rest.iter().all(|list| list.contains(word))).copied().collect()
        })
    }
}
