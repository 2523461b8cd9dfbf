//! Puts one service together: every decision about names, order and texts, ready for the templates to print.
//!
//! A module's names: `CfnService` is the resource `Service`, `ServiceLoadBalancer` its nested type `LoadBalancer`,
//! `ServiceLaunchType` the words that its property `LaunchType` takes. Where two would be the same, the first of this
//! list keeps the name; the other is `..Type` or `..Value`.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};
use serde::Serialize;

use super::docs::first_sentence;
use super::names::{self, Scope};
use super::schema::{Property, Replacement, Resource, Snapshot, TagShape, Tags, Type, TypeDefinition};
use super::types::{self, Names};

const PAGES: &str = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference";

/// The tag of all services. A service with a resource type `Tag` has a `CfnTag` of its own, and writes the path.
const SHARED_TAG: &str = "CfnTag";
const SHARED_TAG_PATH: &str = "purlin_construct::CfnTag";

/// What generated modules import: no generated type may have one of these names.
const IMPORTS: [&str; 11] = [
    "Att",
    SHARED_TAG,
    "IntoValue",
    "Json",
    "Map",
    "OrJson",
    "Props",
    "TagShape",
    "cfn_enum",
    "cfn_property",
    "cfn_resource",
];

/// Names that generated code uses without importing them.
const PRELUDE: [&str; 4] = ["Self", "Some", "String", "Vec"];

/// A generated module.
#[derive(Serialize)]
pub struct Service {
    pub namespace: String,
    pub module: String,
    pub imports: Vec<&'static str>,
    pub resources: Vec<ResourceModel>,
}

/// A resource type with what belongs to it alone.
#[derive(Serialize)]
pub struct ResourceModel {
    pub type_name: String,
    pub tags: Option<String>,
    pub attributes: Vec<AttributeModel>,
    pub table: Table,
    pub nested: Vec<Table>,
    pub enums: Vec<EnumModel>,
}

/// A type with its setters: a resource or a nested type.
#[derive(Serialize)]
pub struct Table {
    pub name: String,
    pub doc: Vec<String>,
    pub required: Vec<Setter>,
    /// Whether `new` calls a setter that warns.
    pub requires_deprecated: bool,
    pub setters: Vec<Setter>,
}

#[derive(Clone, Serialize)]
pub struct Setter {
    pub method: String,
    pub name: String,
    pub of: String,
    pub doc: Vec<String>,
    pub deprecated: bool,
}

#[derive(Serialize)]
pub struct AttributeModel {
    pub constant: String,
    pub name: String,
    pub of: String,
    pub doc: Vec<String>,
}

#[derive(Serialize)]
pub struct EnumModel {
    pub name: String,
    pub of: String,
    pub words: Vec<Word>,
}

#[derive(Serialize)]
pub struct Word {
    pub constant: String,
    pub text: String,
}

/// A module in the crate root and in the features.
#[derive(Serialize)]
pub struct Module {
    pub name: String,
    pub namespace: String,
    pub default: bool,
    pub resources: usize,
}

/// The module's line in the crate root.
pub fn module(service: &Service, default: bool) -> Module {
    Module {
        name: service.module.clone(),
        namespace: service.namespace.clone(),
        default,
        resources: service.resources.len(),
    }
}

/// Every namespace of the snapshot, `AWS::ECS`.
pub fn namespaces(snapshot: &Snapshot) -> BTreeSet<&str> {
    snapshot.resources.keys().filter_map(|name| Some(name.rsplit_once("::")?.0)).collect()
}

/// Everything of a namespace, `AWS::ECS`.
pub fn service(namespace: &str, snapshot: &Snapshot) -> Result<Service> {
    let prefix = format!("{namespace}::");
    let resources: BTreeMap<&str, &Resource> =
        snapshot.resources.iter().filter_map(|(name, r)| Some((name.strip_prefix(&prefix)?, r))).collect();
    if resources.is_empty() {
        bail!("no resource type begins with `{prefix}`; `services.yaml` takes CloudFormation namespaces, `AWS::ECS`");
    }
    let mut taken = Taken::new(&resources);
    let resources =
        resources.iter().map(|(name, r)| resource(namespace, name, r, &mut taken)).collect::<Result<Vec<_>>>()?;
    Ok(Service {
        namespace: namespace.to_owned(),
        module: names::module(namespace),
        imports: imports(&resources),
        resources,
    })
}

fn imports(resources: &[ResourceModel]) -> Vec<&'static str> {
    let mut used = BTreeSet::from(["Props", "cfn_resource"]);
    let setters = resources.iter().flat_map(|r| r.nested.iter().chain([&r.table]).flat_map(|table| &table.setters));
    let attributes = resources.iter().flat_map(|r| &r.attributes);
    for of in setters.map(|s| &s.of).chain(attributes.map(|a| &a.of)) {
        used.extend(
            [SHARED_TAG, "Json", "Map", "OrJson"]
                .into_iter()
                .filter(|import| of.split(['<', '>']).any(|word| word == *import)),
        );
    }
    let some = |test: fn(&ResourceModel) -> bool| resources.iter().any(test);
    let rest = [
        ("Att", some(|r| !r.attributes.is_empty())),
        ("IntoValue", some(|r| r.nested.iter().chain([&r.table]).any(|table| !table.setters.is_empty()))),
        ("TagShape", some(|r| r.tags.is_some())),
        ("cfn_enum", some(|r| !r.enums.is_empty())),
        ("cfn_property", some(|r| !r.nested.is_empty())),
    ];
    used.extend(rest.into_iter().filter(|(_, used)| *used).map(|(import, _)| import));
    IMPORTS.into_iter().filter(|import| used.contains(import)).collect()
}

// ---------------------------------------------------------------- names of a module

/// The type names of a module.
struct Taken {
    names: BTreeSet<String>,
    /// Resource and nested type (none for the resource itself), with the name of its Rust type.
    given: BTreeMap<(String, Option<String>), String>,
    /// How the module writes the tag of all services.
    tag: &'static str,
}

impl Taken {
    /// Resources have their names first, then nested types; enums come after them.
    fn new(resources: &BTreeMap<&str, &Resource>) -> Self {
        let tag = if resources.contains_key("Tag") { SHARED_TAG_PATH } else { SHARED_TAG };
        let imports = IMPORTS.iter().filter(|name| tag == SHARED_TAG || **name != SHARED_TAG);
        let names = imports.chain(&PRELUDE).map(|name| (*name).to_owned()).collect();
        let mut taken = Self { names, given: BTreeMap::new(), tag };
        for resource in resources.keys() {
            let name = taken.claim(format!("Cfn{}", names::pascal(resource)), "Resource");
            taken.given.insert(((*resource).to_owned(), None), name);
        }
        for (resource, r) in resources {
            for ty in nested(r).into_keys() {
                let name = taken.claim(format!("{}{}", names::pascal(resource), names::pascal(ty)), "Type");
                taken.given.insert(((*resource).to_owned(), Some(ty.to_owned())), name);
            }
        }
        taken
    }

    /// The name, or where it is taken the name with a suffix, or with a suffix and a number.
    fn claim(&mut self, name: String, suffix: &str) -> String {
        let second = format!("{name}{suffix}");
        let numbered = (2..).map(|number| format!("{second}{number}"));
        let mut free = [name, second.clone()].into_iter().chain(numbered).filter(|name| !self.names.contains(name));
        let name = free.next().expect("there are more numbers than names");
        self.names.insert(name.clone());
        name
    }

    /// The Rust type of a resource, or of a nested type that something leads to.
    fn given(&self, resource: &str, ty: Option<&str>) -> Option<&str> {
        self.given.get(&(resource.to_owned(), ty.map(str::to_owned))).map(String::as_str)
    }
}

/// The nested types that properties and attributes lead to, without the tag that all services share.
fn nested(r: &Resource) -> BTreeMap<&str, &TypeDefinition> {
    let mut found: BTreeMap<&str, &TypeDefinition> = BTreeMap::new();
    let mut todo = Vec::new();
    r.properties.values().for_each(|p| types::mentions(&p.of, &mut todo));
    r.attributes.values().for_each(|a| types::mentions(&a.of, &mut todo));
    while let Some(name) = todo.pop() {
        let Some(definition) = r.types.get(name) else { continue };
        if !types::is_tag(name, definition) && found.insert(name, definition).is_none() {
            definition.properties.values().for_each(|p| types::mentions(&p.of, &mut todo));
        }
    }
    found
}

// ---------------------------------------------------------------- a resource

fn resource(namespace: &str, name: &str, r: &Resource, taken: &mut Taken) -> Result<ResourceModel> {
    let type_name = format!("{namespace}::{name}");
    let mut builder = Builder { type_name: &type_name, resource: name, r, taken, enums: Vec::new() };
    let table = builder.table(None, &r.doc, &r.properties)?;
    let nested =
        nested(r).into_iter().map(|(ty, definition)| builder.table(Some(ty), &definition.doc, &definition.properties));
    let nested = nested.collect::<Result<Vec<_>>>()?;
    let attributes = builder.attributes()?;
    let enums = builder.enums;
    Ok(ResourceModel { tags: r.tags.as_ref().map(tags), attributes, table, nested, enums, type_name })
}

fn tags(tags: &Tags) -> String {
    let shape = match tags.shape {
        TagShape::List => "List",
        TagShape::Map => "Map",
        TagShape::AutoScaling => "AutoScaling",
        TagShape::Items => "Items",
    };
    format!("TagShape::{shape}({:?})", tags.property)
}

struct Builder<'a> {
    type_name: &'a str,
    resource: &'a str,
    r: &'a Resource,
    taken: &'a mut Taken,
    enums: Vec<EnumModel>,
}

impl Builder<'_> {
    fn table(&mut self, ty: Option<&str>, doc: &str, properties: &BTreeMap<String, Property>) -> Result<Table> {
        let name = self.taken.given(self.resource, ty).expect("`Taken` has named them all").to_owned();
        let mut methods = Scope::default();
        let mut setters = Vec::new();
        let mut required = Vec::new();
        for (property, p) in properties {
            let setter = self.setter(ty, property, p, methods.claim(names::method(property)))?;
            if p.required {
                required.push(setter.clone());
            }
            setters.push(setter);
        }
        let shown = ty.map_or_else(|| self.type_name.to_owned(), |ty| format!("{}.{ty}", self.type_name));
        let mut doc = vec![first_sentence(doc).unwrap_or_else(|| format!("`{shown}`."))];
        if let (None, Some(transform)) = (ty, &self.r.transform) {
            doc.extend([String::new(), format!("The template needs the transform `{transform}`.")]);
        }
        doc.extend(self.page(ty).map(|page| [String::new(), format!("[`{shown}`]({page})")]).into_iter().flatten());
        let requires_deprecated = required.iter().any(|setter: &Setter| setter.deprecated);
        Ok(Table { name, doc, required, requires_deprecated, setters })
    }

    fn setter(&mut self, ty: Option<&str>, name: &str, p: &Property, method: String) -> Result<Setter> {
        let words = self.words(ty, name, p);
        let of = self
            .rust(&p.of, words.as_deref())
            .with_context(|| format!("the property `{name}` of `{}`", self.type_name))?;
        let mut notes = Vec::new();
        notes.extend(p.required.then_some("Required."));
        notes.extend(p.replacement.map(|replacement| match replacement {
            Replacement::Yes => "Changing it replaces the resource.",
            Replacement::Maybe => "Changing it may replace the resource.",
        }));
        notes.extend(p.deprecated.then_some("AWS has deprecated it."));
        let page = self.page(ty).map(|page| format!("[`{name}`]({page}#{})", self.anchor(ty, name)));
        let last: Vec<&str> = notes.into_iter().chain(page.as_deref()).collect();
        let mut doc = vec![first_sentence(&p.doc).unwrap_or_else(|| format!("The property `{name}`."))];
        if !last.is_empty() {
            doc.extend([String::new(), last.join(" ")]);
        }
        Ok(Setter { method, name: name.to_owned(), of, doc, deprecated: p.deprecated })
    }

    /// The enum for the words a property takes, if AWS lists them.
    fn words(&mut self, ty: Option<&str>, property: &str, p: &Property) -> Option<String> {
        let allowed = types::allowed(&p.of);
        if allowed.is_empty() {
            return None;
        }
        let owner = ty.and_then(|ty| self.taken.given(self.resource, Some(ty)));
        let owner = owner.map_or_else(|| names::pascal(self.resource), str::to_owned);
        let name = self.taken.claim(format!("{owner}{}", names::pascal(property)), "Value");
        let mut constants = Scope::default();
        let mut seen = BTreeSet::new();
        let words = allowed
            .iter()
            .filter(|text| seen.insert(*text))
            .map(|text| Word { constant: constants.claim(names::constant(text)), text: text.clone() });
        let of = ty.map_or_else(|| self.type_name.to_owned(), |ty| format!("{}.{ty}", self.type_name));
        self.enums.push(EnumModel { name: name.clone(), of: format!("{of}.{property}"), words: words.collect() });
        Some(name)
    }

    fn attributes(&self) -> Result<Vec<AttributeModel>> {
        let mut constants = Scope::default();
        let attributes = self.r.attributes.iter().map(|(name, a)| {
            Ok(AttributeModel {
                constant: constants.claim(format!("ATTR_{}", names::constant(name))),
                name: name.clone(),
                of: self
                    .rust(&a.of, None)
                    .with_context(|| format!("the attribute `{name}` of `{}`", self.type_name))?,
                doc: vec![first_sentence(&a.doc).unwrap_or_else(|| format!("The attribute `{name}`."))],
            })
        });
        attributes.collect()
    }

    fn rust(&self, of: &Type, words: Option<&str>) -> Result<String> {
        let nested = |name: &str| {
            let definition = self.r.types.get(name)?;
            let tag = types::is_tag(name, definition);
            if tag {
                Some(self.taken.tag.to_owned())
            } else {
                self.taken.given(self.resource, Some(name)).map(str::to_owned)
            }
        };
        types::rust(of, &Names { nested: &nested, words, tag: self.taken.tag })
    }

    /// AWS's page; types that a transform brings have none there.
    fn page(&self, ty: Option<&str>) -> Option<String> {
        if self.r.transform.is_some() {
            return None;
        }
        let slug = self.type_name.split("::").skip(1).collect::<Vec<_>>().join("-").to_ascii_lowercase();
        Some(match ty {
            None => format!("{PAGES}/aws-resource-{slug}.html"),
            Some(ty) => format!("{PAGES}/aws-properties-{slug}-{}.html", ty.to_ascii_lowercase()),
        })
    }

    fn anchor(&self, ty: Option<&str>, property: &str) -> String {
        let parts = self.type_name.split("::").skip(1).chain(ty).chain([property]);
        format!("cfn-{}", parts.collect::<Vec<_>>().join("-")).to_ascii_lowercase()
    }
}

#[cfg(test)]
mod tests;
