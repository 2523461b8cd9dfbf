//! Turns the registry's JSON Schema into the types of the L1 model: objects into nested types, patterns into maps.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::json_schema::{escaped, resolve, texts};
use super::merge::{MOST_WORDS, is_word};
use super::names::pascal;
use super::schema::{Attribute, Property, Type, TypeDefinition};

/// Converts parts of one resource type's schema; nested types it meets are added to the resource's.
pub struct Converter<'a> {
    root: &'a Value,
    types: &'a mut BTreeMap<String, TypeDefinition>,
    /// The names of the nested types by where their schemas are.
    names: BTreeMap<String, String>,
    taken: BTreeSet<String>,
}

/// Keywords of an object that may be spread over the arms of `allOf`, `anyOf` and `oneOf`.
struct Object<'a> {
    /// Where each property is described.
    properties: BTreeMap<&'a str, String>,
    required: BTreeSet<&'a str>,
}

impl<'a> Converter<'a> {
    /// For a schema, of which some nested types have their names already.
    pub fn new(
        root: &'a Value,
        types: &'a mut BTreeMap<String, TypeDefinition>,
        names: BTreeMap<String, String>,
    ) -> Self {
        let taken = types.keys().cloned().collect();
        Self { root, types, names, taken }
    }

    /// The properties a user can set of the object at `pointer`; `place` is where such objects are in a resource, and
    /// `owner` the object's name.
    pub fn properties(&mut self, pointer: &str, place: &str, owner: &str) -> BTreeMap<String, Property> {
        self.properties_beside(&BTreeSet::new(), pointer, place, owner)
    }

    /// The same without those that are known.
    pub fn properties_beside(
        &mut self,
        known: &BTreeSet<String>,
        pointer: &str,
        place: &str,
        owner: &str,
    ) -> BTreeMap<String, Property> {
        let object = self.object(pointer);
        let mut properties = BTreeMap::new();
        for (name, pointer) in object.properties.iter().filter(|(name, _)| !known.contains(**name)) {
            let place = format!("{place}/{name}");
            let Some(of) = self.settable(pointer, &place, &format!("{owner}{}", pascal(name))) else { continue };
            let doc = self.text(pointer);
            let required = object.required.contains(name);
            let deprecated = self.listed("deprecatedProperties", &place);
            properties.insert((*name).to_owned(), Property { of, doc, required, replacement: None, deprecated });
        }
        properties
    }

    /// What `Fn::GetAtt` returns: a plain value or a list of them.
    pub fn attribute(&mut self, pointer: &str) -> Attribute {
        let doc = self.text(pointer);
        let plain = |of: &Type| matches!(of, Type::String { .. } | Type::Integer | Type::Number | Type::Boolean);
        let of = match self.plain(pointer) {
            Some(Type::Array { element }) if plain(&element) => Type::Array { element },
            Some(of) if plain(&of) => of,
            _ => Type::Json,
        };
        Attribute { of, doc }
    }

    /// A property's type; nothing if AWS alone sets it, or all that is in it.
    fn settable(&mut self, pointer: &str, place: &str, name: &str) -> Option<Type> {
        if self.listed("readOnlyProperties", place) {
            return None;
        }
        let (at, _) = resolve(self.root, pointer)?;
        let inner = self.object(&at).properties;
        let read_only = |name: &&str| self.listed("readOnlyProperties", &format!("{place}/{name}"));
        if !inner.is_empty() && inner.keys().all(read_only) {
            return None;
        }
        Some(self.of(pointer, place, name))
    }

    fn of(&mut self, pointer: &str, place: &str, name: &str) -> Type {
        let Some((pointer, schema)) = resolve(self.root, pointer) else { return Type::Json };
        if let Some(plain) = self.plain(&pointer) {
            return plain;
        }
        if schema["items"].is_object() {
            let element = self.of(&format!("{pointer}/items"), &format!("{place}/*"), name);
            return Type::Array { element: Box::new(element) };
        }
        if !self.object(&pointer).properties.is_empty() {
            return self.nested(pointer, place, name);
        }
        match map_values(schema, &pointer) {
            Some(values) => Type::Map { element: Box::new(self.of(&values, &format!("{place}/*"), name)) },
            None => self.union(schema, &pointer, place, name),
        }
    }

    /// Values that have no inside, and lists of them.
    fn plain(&self, pointer: &str) -> Option<Type> {
        let (pointer, schema) = resolve(self.root, pointer)?;
        Some(match schema["type"].as_str() {
            Some("string") => Type::String { allowed: words(schema) },
            Some("integer") => Type::Integer,
            Some("number") => Type::Number,
            Some("boolean") => Type::Boolean,
            Some("array") => Type::Array { element: Box::new(self.plain(&format!("{pointer}/items"))?) },
            None if !words(schema).is_empty() => Type::String { allowed: words(schema) },
            _ => return None,
        })
    }

    /// A type of its own, named after the definition or the first property that has it.
    fn nested(&mut self, pointer: String, place: &str, name: &str) -> Type {
        if let Some(name) = self.names.get(&pointer) {
            return Type::Ref { name: name.clone() };
        }
        let defined = pointer.strip_prefix("/definitions/").filter(|name| !name.contains('/'));
        let mut name = defined.unwrap_or(name).to_owned();
        while !self.taken.insert(pascal(&name)) || self.taken.contains(&name) && name != pascal(&name) {
            name.push_str("Definition");
        }
        self.taken.insert(name.clone());
        self.names.insert(pointer.clone(), name.clone());
        let properties = self.properties(&pointer, place, &name);
        let doc = self.text(&pointer);
        self.types.insert(name.clone(), TypeDefinition { doc, properties });
        Type::Ref { name }
    }

    /// One of several types; free-form JSON if there is nothing to choose from.
    fn union(&mut self, schema: &Value, pointer: &str, place: &str, name: &str) -> Type {
        for keyword in ["anyOf", "oneOf"] {
            let arms = schema[keyword].as_array().map_or(0, Vec::len);
            let types: Vec<Type> =
                (0..arms).map(|i| self.of(&format!("{pointer}/{keyword}/{i}"), place, name)).collect();
            if types.len() > 1 && !types.contains(&Type::Json) {
                return Type::Union { types };
            }
        }
        let types: Vec<Type> = texts(schema.get("type")).filter_map(simple).collect();
        if types.len() > 1 && types.len() == schema["type"].as_array().map_or(0, Vec::len) {
            return Type::Union { types };
        }
        Type::Json
    }

    /// The properties of an object, its arms' included; what only some arms require is not required.
    fn object(&self, pointer: &str) -> Object<'a> {
        let mut object = Object { properties: BTreeMap::new(), required: BTreeSet::new() };
        self.collect(pointer, true, 0, &mut object);
        object
    }

    fn collect(&self, pointer: &str, always: bool, depth: usize, object: &mut Object<'a>) {
        let Some((pointer, schema)) = resolve(self.root, pointer).filter(|_| depth < 4) else { return };
        for name in schema["properties"].as_object().into_iter().flat_map(Map::keys) {
            let at = || format!("{pointer}/properties/{}", escaped(name));
            object.properties.entry(name).or_insert_with(at);
        }
        if always {
            object.required.extend(texts(schema.get("required")));
        }
        for (keyword, always) in [("allOf", always), ("anyOf", false), ("oneOf", false)] {
            for i in 0..schema[keyword].as_array().map_or(0, Vec::len) {
                self.collect(&format!("{pointer}/{keyword}/{i}"), always, depth + 1, object);
            }
        }
    }

    /// The description at a place, or of what it refers to.
    fn text(&self, pointer: &str) -> String {
        let own = self.root.pointer(pointer).and_then(|schema| schema["description"].as_str());
        let referred = || resolve(self.root, pointer).and_then(|(_, schema)| schema["description"].as_str());
        own.or_else(referred).unwrap_or_default().to_owned()
    }

    fn listed(&self, list: &str, place: &str) -> bool {
        texts(self.root.get(list)).any(|listed| listed == place)
    }
}

/// The values of an object whose names are the user's.
fn map_values(schema: &Value, pointer: &str) -> Option<String> {
    match schema["patternProperties"].as_object() {
        Some(patterns) if patterns.len() == 1 => {
            Some(format!("{pointer}/patternProperties/{}", escaped(patterns.keys().next()?)))
        }
        None if schema["additionalProperties"].is_object() => Some(format!("{pointer}/additionalProperties")),
        _ => None,
    }
}

/// The words a text takes; none if they are a catalogue, numbers or booleans.
fn words(schema: &Value) -> Vec<String> {
    let words: Vec<String> = texts(schema.get("enum")).map(str::to_owned).collect();
    let closed = words.len() <= MOST_WORDS && words.iter().all(|word| is_word(word));
    if closed { words } else { Vec::new() }
}

fn simple(name: &str) -> Option<Type> {
    Some(match name {
        "string" => Type::String { allowed: Vec::new() },
        "integer" => Type::Integer,
        "number" => Type::Number,
        "boolean" => Type::Boolean,
        _ => return None,
    })
}
