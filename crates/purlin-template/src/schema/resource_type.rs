//! One resource type of the registry.

use serde_json::{Map, Value};

/// A CloudFormation resource type as AWS's registry describes it.
///
/// <https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html>
#[derive(Debug)]
pub struct ResourceType {
    name: &'static str,
    document: Value,
}

/// A property, at the top of a resource or nested.
#[derive(Debug, Clone)]
pub struct Property<'a> {
    /// What it is called, `DesiredCount`.
    pub name: &'a str,
    /// The names that lead to it: `NetworkConfiguration.AwsvpcConfiguration`.
    pub path: String,
    /// What it takes: JSON Schema, with its reference followed.
    pub schema: &'a Value,
    /// Whether CloudFormation refuses the resource without it.
    pub is_required: bool,
    /// Where its sentence is kept: `Rule.Action` of a definition `Rule`.
    pub(super) place: String,
    /// The definition that it is written out in, if it is in one.
    definition: Option<&'a str>,
}

/// An object whose members are listed, with the prefix of their paths and places.
pub(super) struct Object<'a> {
    pub(super) schema: &'a Value,
    path: String,
    place: String,
}

/// The effect of a changed property on the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Replacement {
    /// It is updated in place.
    Never,
    /// It may be replaced: that depends on the change.
    Sometimes,
    /// A new one takes its place.
    Always,
}

impl ResourceType {
    pub(super) fn new(name: &'static str, document: Value) -> Self {
        Self { name, document }
    }

    /// `AWS::ECS::Service`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The JSON Schema of its properties, with `definitions` and the registry's own keywords.
    pub fn schema(&self) -> &Value {
        &self.document
    }

    /// The properties a template can set, in alphabetical order.
    pub fn properties(&self) -> Vec<Property<'_>> {
        let settable = |property: &Property<'_>| !self.is_read_only(property.name);
        self.all_properties().into_iter().filter(settable).collect()
    }

    /// All properties, those that only AWS sets too, in alphabetical order.
    pub fn all_properties(&self) -> Vec<Property<'_>> {
        self.members(&self.top())
    }

    /// A property by its path: names joined by `.` or `/`; the numbers of list items may be left out.
    pub fn property(&self, path: &str) -> Option<Property<'_>> {
        let mut names = path.split(['.', '/']).filter(|name| !is_index(name));
        let mut found = self.member(&self.top(), names.next()?)?;
        for name in names {
            found = self.member(&self.inside(&found), name)?;
        }
        Some(found)
    }

    /// The members of a property that is an object, a list or a map of objects; none for plain values.
    pub fn members_of<'a>(&'a self, property: &Property<'a>) -> Vec<Property<'a>> {
        self.members(&self.inside(property))
    }

    /// What changing the property at this path does to the resource.
    pub fn replacement(&self, path: &str) -> Replacement {
        let path: Vec<&str> = path.split(['.', '/']).filter(|name| !is_index(name)).collect();
        let named = |mut pointers: Box<dyn Iterator<Item = String> + '_>| {
            pointers.any(|pointer| {
                let pointer: Vec<&str> = pointer.split('.').filter(|name| *name != "*").collect();
                path.starts_with(&pointer)
            })
        };
        if named(Box::new(self.create_only())) {
            Replacement::Always
        } else if named(Box::new(self.conditional_create_only())) {
            Replacement::Sometimes
        } else {
            Replacement::Never
        }
    }

    /// The properties whose change replaces the resource, as paths: `NetworkConfiguration.Subnets`.
    pub fn create_only(&self) -> impl Iterator<Item = String> {
        self.pointers("createOnlyProperties")
    }

    /// The properties of which some changes replace the resource.
    pub fn conditional_create_only(&self) -> impl Iterator<Item = String> {
        self.pointers("conditionalCreateOnlyProperties")
    }

    /// The properties that only AWS sets.
    pub fn read_only(&self) -> impl Iterator<Item = String> {
        self.pointers("readOnlyProperties")
    }

    /// The properties that can be set and never be read: passwords, and what only creation needs.
    pub fn write_only(&self) -> impl Iterator<Item = String> {
        self.pointers("writeOnlyProperties")
    }

    /// The properties that AWS has deprecated.
    pub fn deprecated(&self) -> impl Iterator<Item = String> {
        self.pointers("deprecatedProperties")
    }

    /// What identifies a resource of the type, for Cloud Control and for imports.
    pub fn primary_identifier(&self) -> impl Iterator<Item = String> {
        self.pointers("primaryIdentifier")
    }

    /// What `Fn::GetAtt` returns, by name.
    pub fn attributes(&self) -> impl Iterator<Item = &str> {
        texts(&self.document["attributes"])
    }

    /// The IAM actions that CloudFormation uses to `create`, `read`, `update`, `delete` or `list`.
    pub fn permissions(&self, handler: &str) -> impl Iterator<Item = &str> {
        texts(&self.document["handlers"][handler]["permissions"])
    }

    /// What CloudFormation can do with the type: `create`, `read`, `update`, `delete`, `list`.
    pub fn handlers(&self) -> impl Iterator<Item = &str> {
        entries(&self.document["handlers"]).map(|(name, _)| name)
    }

    /// After how many minutes CloudFormation gives `create`, `update` .. up; 120 where the type says nothing.
    pub fn timeout_minutes(&self, handler: &str) -> u64 {
        const DEFAULT: u64 = 120;
        self.document["handlers"][handler]["timeoutInMinutes"].as_u64().unwrap_or(DEFAULT)
    }

    /// The property that takes the tags, if the type can be tagged through one.
    pub fn tag_property(&self) -> Option<&str> {
        let tagging = self.document.get("tagging")?;
        if tagging["taggable"] == Value::Bool(false) {
            return None;
        }
        let pointer = tagging["tagProperty"].as_str().unwrap_or("/properties/Tags");
        let name = pointer.strip_prefix("/properties/")?;
        self.document["properties"].get(name).is_some().then_some(name)
    }

    /// Whether tags can be changed without a new resource.
    pub fn tags_can_change(&self) -> bool {
        self.document["tagging"]["tagUpdatable"] != Value::Bool(false)
    }

    /// The schema that a `$ref` leads to, or the schema itself.
    pub(crate) fn followed<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let mut schema = schema;
        // A circle of references without anything between them is no schema.
        for _ in 0..8 {
            let Some(pointer) = schema["$ref"].as_str().and_then(|it| it.strip_prefix('#')) else { return schema };
            let Some(next) = self.document.pointer(pointer) else { return schema };
            schema = next;
        }
        schema
    }

    /// Whether the property at the top of the resource is only AWS's to set.
    pub(crate) fn is_read_only(&self, name: &str) -> bool {
        let listed = |key: &str| {
            texts(&self.document[key]).any(|pointer| pointer.strip_prefix("/properties/").is_some_and(|it| it == name))
        };
        // The schemas of serverless types list what the transform makes of them, too.
        listed("readOnlyProperties")
            && !self.name.starts_with("AWS::Serverless::")
            && !listed("createOnlyProperties")
            && !listed("writeOnlyProperties")
            && !texts(&self.document["required"]).any(|required| required == name)
    }

    fn top(&self) -> Object<'_> {
        Object { schema: &self.document, path: String::new(), place: String::new() }
    }

    /// The object that a property is, or a list or map of.
    pub(super) fn inside<'a>(&'a self, property: &Property<'a>) -> Object<'a> {
        let mut definition = property.definition;
        let mut schema = property.schema;
        // A list of itself has no bottom.
        for _ in 0..8 {
            let Some(inner) = self.content(schema) else { break };
            definition = definition_of(inner).or(definition);
            schema = self.followed(inner);
        }
        let place = definition.map_or_else(|| property.place.clone(), str::to_owned);
        Object { schema, path: property.path.clone(), place }
    }

    /// What a list or a map holds, or one of the forms that a value can have.
    fn content<'a>(&'a self, schema: &'a Value) -> Option<&'a Value> {
        if schema["items"].is_object() {
            return schema.get("items");
        }
        if schema["properties"].is_object() {
            return None;
        }
        let patterns = entries(&schema["patternProperties"]).map(|(_, inner)| inner);
        let others = schema.get("additionalProperties").filter(|inner| inner.is_object());
        let forms = ["oneOf", "anyOf"].into_iter().filter_map(|key| schema[key].as_array()).flatten();
        let lists = forms.filter(|form| self.followed(form)["items"].is_object());
        patterns.chain(others).chain(lists).next()
    }

    /// The members of an object in alphabetical order; of one that has several forms, those of all forms.
    fn members<'a>(&'a self, object: &Object<'a>) -> Vec<Property<'a>> {
        let mut names: Vec<&str> =
            self.forms(object.schema).flat_map(|form| entries(&form["properties"])).map(|it| it.0).collect();
        names.sort_unstable();
        names.dedup();
        names.into_iter().filter_map(|name| self.member(object, name)).collect()
    }

    fn member<'a>(&'a self, object: &Object<'a>, name: &str) -> Option<Property<'a>> {
        let mut forms = self.forms(object.schema);
        let (name, schema) = forms.find_map(|form| form["properties"].as_object()?.get_key_value(name))?;
        let below = |outer: &str| if outer.is_empty() { name.clone() } else { format!("{outer}.{name}") };
        Some(Property {
            name,
            path: below(&object.path),
            schema: self.followed(schema),
            is_required: texts(&object.schema["required"]).any(|required| required == name),
            place: below(&object.place),
            definition: definition_of(schema),
        })
    }

    /// The object itself, or the forms it can have if it says no more than those.
    fn forms<'a>(&'a self, object: &'a Value) -> impl Iterator<Item = &'a Value> {
        let arms = ["oneOf", "anyOf", "allOf"].into_iter().filter_map(|key| object[key].as_array()).flatten();
        let arms = arms.filter(|_| !object["properties"].is_object());
        std::iter::once(object).chain(arms.map(|arm| self.followed(arm)))
    }

    /// `/properties/A/B/*/C` as `A.B.*.C`.
    fn pointers(&self, key: &str) -> impl Iterator<Item = String> {
        texts(&self.document[key]).map(|it| {
            it.trim_start_matches("/properties/")
                .replace("/items/", "/*/")
                .replace("/properties/", "/")
                .replace('/', ".")
        })
    }
}

/// The name of the definition that a reference leads to.
fn definition_of(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix("#/definitions/")
}

fn is_index(name: &str) -> bool {
    name == "*" || name.bytes().all(|byte| byte.is_ascii_digit())
}

/// The texts of a list; nothing for anything else.
pub(crate) fn texts(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// The entries of an object; nothing for anything else.
pub(crate) fn entries(object: &Value) -> impl Iterator<Item = (&str, &Value)> {
    object.as_object().into_iter().flat_map(Map::iter).map(|(name, value)| (name.as_str(), value))
}
