//! One resource type of the registry, and what can be asked of it.

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
#[derive(Debug, Clone, Copy)]
pub struct Property<'a> {
    /// What it is called, `DesiredCount`.
    pub name: &'a str,
    /// What it takes: JSON Schema, with its reference followed.
    pub schema: &'a Value,
    /// Whether CloudFormation refuses the resource without it.
    pub is_required: bool,
}

/// What becomes of the resource when a property changes.
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
        self.members(&self.document).into_iter().filter(settable).collect()
    }

    /// A property by its path: names joined by `.` or `/`; the numbers of list items may be left out.
    pub fn property(&self, path: &str) -> Option<Property<'_>> {
        let mut names = path.split(['.', '/']).filter(|name| !is_index(name));
        let mut found = self.member(&self.document, names.next()?)?;
        for name in names {
            found = self.member(self.content(found.schema), name)?;
        }
        Some(found)
    }

    /// The members of a property that is an object, a list or a map of objects; none for plain values.
    pub fn members_of<'a>(&'a self, property: &Property<'a>) -> Vec<Property<'a>> {
        self.members(self.content(property.schema))
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

    /// The properties AWS wants nobody to use any more.
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

    /// The object inside a list or map, or the schema itself.
    fn content<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let mut schema = self.followed(schema);
        loop {
            let inner = if schema["items"].is_object() {
                &schema["items"]
            } else if schema["properties"].is_object() {
                return schema;
            } else if let Some((_, inner)) = entries(&schema["patternProperties"]).next() {
                inner
            } else if schema["additionalProperties"].is_object() {
                &schema["additionalProperties"]
            } else {
                return schema;
            };
            schema = self.followed(inner);
        }
    }

    fn members<'a>(&'a self, object: &'a Value) -> Vec<Property<'a>> {
        let mut members: Vec<Property<'_>> =
            entries(&object["properties"]).filter_map(|(name, _)| self.member(object, name)).collect();
        members.sort_by_key(|property| property.name);
        members
    }

    fn member<'a>(&'a self, object: &'a Value, name: &str) -> Option<Property<'a>> {
        let (name, schema) = object["properties"].as_object()?.get_key_value(name)?;
        let is_required = texts(&object["required"]).any(|required| required == name);
        Some(Property { name, schema: self.followed(schema), is_required })
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
