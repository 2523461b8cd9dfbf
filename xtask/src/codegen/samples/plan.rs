//! Walks the generated types and the registry's schemas side by side: Rust that sets every property, and the JSON it is
//! to give.

mod arms;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::super::json_schema::texts;
use super::super::model::{EnumModel, ResourceModel, Service, Setter, Table};
use super::leaf;
use super::node::Node;
use super::text::text;

/// More instances than this of one type would mean that they do not get on.
const MOST_INSTANCES: usize = 40;

/// One resource of the program.
pub struct Instance {
    pub type_name: String,
    /// The expression that makes it.
    pub code: String,
    /// The properties that it has in the template.
    pub properties: Value,
    /// Those of them that the registry knows, as it writes them. Nothing where it knows none.
    pub checked: Option<Value>,
}

impl Instance {
    fn of(type_name: &str, sample: Sample) -> Self {
        let Sample { code, full, checked } = sample;
        Self { type_name: type_name.to_owned(), code, properties: full, checked }
    }
}

/// What the walk found, by `Type.Property` in Rust's names.
#[derive(Default)]
pub struct Findings {
    /// How many properties were set and held against a schema.
    pub held: usize,
    /// Set, but not to be held against a schema: read-only there, or never reached.
    pub unheld: BTreeSet<String>,
    /// Not in the registry's schema.
    pub unknown: BTreeSet<String>,
    /// Text here, a number or a boolean there: CloudFormation reads either.
    pub read_from_text: BTreeSet<String>,
    /// Of another kind than the registry has it.
    pub mismatched: BTreeSet<String>,
}

/// Every instance of the service's types, with the functions their expressions call.
pub fn plan(
    service: &Service,
    schemas: &BTreeMap<String, Value>,
    findings: &mut Findings,
) -> (Vec<Instance>, Vec<String>) {
    let (mut instances, mut functions) = (Vec::new(), Vec::new());
    for r in &service.resources {
        let mut planner = Planner::new(service, r, &schemas[&r.type_name], functions, findings);
        instances.extend(planner.instances(r));
        functions = planner.functions;
    }
    (instances, functions)
}

/// An expression with its JSON; `checked` is nothing where the registry has no such value.
#[derive(Clone)]
struct Sample {
    code: String,
    full: Value,
    checked: Option<Value>,
}

#[derive(Clone, Copy)]
struct At<'p> {
    path: &'p str,
    /// Only what is required.
    minimal: bool,
    seed: usize,
    depth: usize,
}

/// The whole of a resource type.
const START: At<'_> = At { path: "/properties", minimal: false, seed: 0, depth: 0 };

enum Kind<'a> {
    Text,
    Whole,
    Number,
    Flag,
    Json,
    Tag,
    Word(&'a EnumModel),
    Nested(&'a Table),
    List(Box<Kind<'a>>),
    Map(Box<Kind<'a>>),
}

struct Planner<'a, 'f> {
    module: &'a str,
    tables: BTreeMap<&'a str, &'a Table>,
    enums: BTreeMap<&'a str, &'a EnumModel>,
    schema: &'a Value,
    read_only: BTreeSet<&'a str>,
    covered: BTreeSet<(&'a str, &'a str)>,
    /// Nested types that are set whole in this instance; elsewhere only what they require is.
    entered: BTreeSet<&'a str>,
    known: BTreeMap<(&'a str, Vec<usize>, usize), Sample>,
    functions: Vec<String>,
    findings: &'f mut Findings,
}

impl<'a, 'f> Planner<'a, 'f> {
    fn new(
        service: &'a Service,
        r: &'a ResourceModel,
        schema: &'a Value,
        functions: Vec<String>,
        findings: &'f mut Findings,
    ) -> Self {
        let tables = r.nested.iter().map(|table| (table.name.as_str(), table)).collect();
        let enums = r.enums.iter().map(|words| (words.name.as_str(), words)).collect();
        let read_only = texts(schema.get("readOnlyProperties")).collect();
        Self {
            module: &service.module,
            tables,
            enums,
            schema,
            read_only,
            covered: BTreeSet::new(),
            entered: BTreeSet::new(),
            known: BTreeMap::new(),
            functions,
            findings,
        }
    }

    /// As many instances as it takes to set every property that a template can set, and one with the rest.
    fn instances(&mut self, r: &'a ResourceModel) -> Vec<Instance> {
        let mut instances = Vec::new();
        for _ in 0..MOST_INSTANCES {
            let before = self.covered.len();
            let sample = self.nested(&r.table, &Node::root(self.schema), START);
            instances.push(Instance::of(&r.type_name, sample));
            if self.covered.len() == before || !self.is_open(&r.table, &mut BTreeSet::new()) {
                break;
            }
            self.entered.clear();
        }
        self.findings.held += self.covered.len();
        for table in r.nested.iter().chain([&r.table]) {
            instances.extend(self.rest(&r.type_name, table));
        }
        instances
    }

    /// What only AWS sets, and nested types that only such properties and attributes lead to: nothing to hold against
    /// the registry, but a template can say it.
    fn rest(&mut self, type_name: &str, table: &'a Table) -> Option<Instance> {
        let is_left = |setter: &&Setter| !self.covered.contains(&(table.name.as_str(), setter.name.as_str()));
        let left: BTreeSet<&str> = table.setters.iter().filter(is_left).map(|setter| setter.name.as_str()).collect();
        if left.is_empty() {
            return None;
        }
        let names = left.iter().map(|name| format!("{}::{}.{name}", self.module, table.name));
        self.findings.unheld.extend(names);
        let unknown = Node::root(self.schema).unknown();
        let (mut full, mut codes) = (Map::new(), BTreeMap::new());
        let is_argument = |setter: &Setter| table.required.iter().any(|required| required.name == setter.name);
        for setter in table.setters.iter().filter(|setter| left.contains(setter.name.as_str()) || is_argument(setter)) {
            self.covered.insert((&table.name, &setter.name));
            let kind = self.kind(&setter.of);
            let sample = self.value(&kind, &unknown, At { minimal: true, ..START }, "");
            full.insert(setter.name.clone(), sample.full);
            codes.insert(setter.name.as_str(), sample.code);
        }
        let code = self.function(table, codes);
        let (type_name, code, full) = if self.is_resource(table) {
            (type_name.to_owned(), code, Value::from(full))
        } else {
            let wrapped = Map::from_iter([("It".to_owned(), Value::from(full))]);
            (
                "Custom::It".to_owned(),
                format!("CfnResource::new(\"Custom::It\").property(\"It\", {code})"),
                wrapped.into(),
            )
        };
        Some(Instance { type_name, code, properties: full, checked: None })
    }

    fn is_resource(&self, table: &Table) -> bool {
        !self.tables.contains_key(table.name.as_str())
    }

    /// Whether a property of the type, or of one it leads to, was not set yet.
    fn is_open(&self, table: &'a Table, seen: &mut BTreeSet<&'a str>) -> bool {
        seen.insert(&table.name)
            && table.setters.iter().any(|setter| {
                !self.covered.contains(&(table.name.as_str(), setter.name.as_str()))
                    || self.leads_to(setter).is_some_and(|nested| self.is_open(nested, seen))
            })
    }

    fn leads_to(&self, setter: &Setter) -> Option<&'a Table> {
        let name = setter.of.trim_end_matches('>').rsplit('<').next()?;
        self.tables.get(name).copied()
    }

    // ------------------------------------------------------------ values

    fn kind(&self, of: &'a str) -> Kind<'a> {
        let inner = |wrap: &str| of.strip_prefix(wrap).and_then(|rest| rest.strip_suffix('>'));
        if let Some(documented) = inner("OrJson<") {
            return self.kind(documented);
        }
        if let Some(item) = inner("Vec<") {
            return Kind::List(Box::new(self.kind(item)));
        }
        if let Some(item) = inner("Map<") {
            return Kind::Map(Box::new(self.kind(item)));
        }
        match of {
            "String" => Kind::Text,
            "i64" => Kind::Whole,
            "f64" => Kind::Number,
            "bool" => Kind::Flag,
            "Json" => Kind::Json,
            "CfnTag" | "purlin_construct::CfnTag" => Kind::Tag,
            name => match self.enums.get(name) {
                Some(words) => Kind::Word(words),
                None => Kind::Nested(self.tables[name]),
            },
        }
    }

    fn value(&mut self, kind: &Kind<'a>, node: &Node<'_>, at: At<'_>, name: &str) -> Sample {
        let (types, from_text): (&[&str], &[&str]) = match kind {
            Kind::Text | Kind::Word(_) => (&["string"], &["integer", "number", "boolean"]),
            Kind::Whole => (&["integer", "number"], &["string"]),
            Kind::Number => (&["number", "integer"], &["string"]),
            Kind::Flag => (&["boolean"], &["string"]),
            Kind::Json => (&["object", "string", "array", "number", "integer", "boolean"], &[]),
            Kind::Tag | Kind::Nested(_) | Kind::Map(_) => (&["object"], &[]),
            Kind::List(_) => (&["array"], &[]),
        };
        if !node.allows(types) {
            if from_text.is_empty() || !node.allows(from_text) {
                self.findings.mismatched.insert(name.to_owned());
                let sample = self.value(kind, &node.unknown(), at, name);
                return Sample { checked: None, ..sample };
            }
            self.findings.read_from_text.insert(name.to_owned());
            return self.read_from_text(kind, node, at);
        }
        match kind {
            Kind::Text => text_sample(leaf::string(node, at.seed)),
            Kind::Whole => whole_sample(leaf::number(node, at.seed, types)),
            Kind::Number => number_sample(leaf::number(node, at.seed, types)),
            Kind::Flag => plain(leaf::boolean(node).to_string(), leaf::boolean(node).into()),
            Kind::Json => {
                let json = leaf::json(node, at.seed, 0);
                plain(format!("json(r####\"{json}\"####)"), json)
            }
            Kind::Tag => tag(node, at.seed),
            Kind::Word(words) => self.word(words, node, at.seed),
            Kind::Nested(table) => self.nested(table, node, at),
            Kind::List(item) => self.list(item, &node.narrowed(types), at, name),
            Kind::Map(item) => self.map(item, &node.narrowed(types), at, name),
        }
    }

    /// A text where the registry has a number, and the like.
    fn read_from_text(&self, kind: &Kind<'a>, node: &Node<'_>, at: At<'_>) -> Sample {
        let checked = match kind {
            Kind::Text | Kind::Word(_) if node.allows(&["integer"]) => {
                leaf::whole(leaf::number(node, at.seed, &["integer"]))
            }
            Kind::Text | Kind::Word(_) if node.allows(&["number"]) => leaf::number(node, at.seed, &["number"]).into(),
            Kind::Text | Kind::Word(_) => leaf::boolean(node).into(),
            Kind::Whole | Kind::Number => "1".into(),
            _ => "true".into(),
        };
        let sample = match kind {
            Kind::Text => text_sample(checked.to_string()),
            Kind::Word(words) => self.word(words, &node.unknown(), at.seed),
            Kind::Whole => whole_sample(1.0),
            Kind::Number => number_sample(1.0),
            _ => plain("true".to_owned(), true.into()),
        };
        Sample { checked: Some(checked), ..sample }
    }

    fn word(&self, words: &EnumModel, node: &Node<'_>, seed: usize) -> Sample {
        let known: Vec<&str> = words.words.iter().map(|word| word.text.as_str()).collect();
        let chosen = leaf::word(node, &known, seed);
        let constant = words.words.iter().find(|word| word.text == chosen).map(|word| &word.constant);
        let path = format!("{}::{}", self.module, words.name);
        let code =
            constant.map_or_else(|| format!("{path}::custom({chosen:?})"), |constant| format!("{path}::{constant}"));
        plain(code, chosen.into())
    }

    fn list(&mut self, item: &Kind<'a>, node: &Node<'_>, at: At<'_>, name: &str) -> Sample {
        let count = if at.minimal { node.count("minItems").unwrap_or(0) } else { leaf::count(node) };
        if count == 0 {
            return plain("none()".to_owned(), Value::Array(Vec::new()));
        }
        let items: Vec<Sample> = (0..count)
            .map(|seed| {
                let at = At { seed: at.seed + seed, minimal: at.minimal || seed > 0, ..at };
                self.value(item, &node.items(), at, name)
            })
            .collect();
        let codes: Vec<&str> = items.iter().map(|item| item.code.as_str()).collect();
        Sample {
            code: format!("[{}]", codes.join(", ")),
            full: items.iter().map(|item| item.full.clone()).collect(),
            checked: items.iter().map(|item| item.checked.clone()).collect(),
        }
    }

    fn map(&mut self, item: &Kind<'a>, node: &Node<'_>, at: At<'_>, name: &str) -> Sample {
        let (pattern, values) = node.values();
        let required = node.required();
        let count = node.count("minProperties").unwrap_or(0).max(1).max(required.len());
        let named: Vec<&str> = required.iter().copied().chain(node.members()).collect();
        let mut sample = Sample { code: String::new(), full: Map::new().into(), checked: Some(Map::new().into()) };
        let mut codes = Vec::new();
        for seed in 0..count {
            let key = match named.get(seed) {
                Some(key) => (*key).to_owned(),
                None => text(pattern, &(1..=255), at.seed + seed),
            };
            let values = node.member(&key).filter(|node| !node.is_unknown()).unwrap_or_else(|| values.clone());
            let value =
                self.value(item, &values, At { seed: at.seed + seed, minimal: at.minimal || seed > 0, ..at }, name);
            codes.push(format!("({key:?}, {})", value.code));
            sample.full[&key] = value.full;
            if let (Some(checked), Some(value)) = (&mut sample.checked, value.checked) {
                checked[&key] = value;
            }
        }
        sample.code = format!("[{}]", codes.join(", "));
        sample
    }

    // ------------------------------------------------------------ types with setters

    fn nested(&mut self, table: &'a Table, node: &Node<'_>, at: At<'_>) -> Sample {
        assert!(at.depth < 60, "`{}` requires itself", table.name);
        let minimal =
            at.minimal || self.entered.contains(table.name.as_str()) || !self.is_open(table, &mut BTreeSet::new());
        let key = (table.name.as_str(), node.key(), at.seed);
        if let Some(sample) = self.known.get(&key).filter(|_| minimal) {
            return sample.clone();
        }
        if !minimal {
            self.entered.insert(&table.name);
        }
        let sample = self.filled(table, node, At { minimal, depth: at.depth + 1, ..at });
        if minimal {
            self.known.insert(key, sample.clone());
        }
        sample
    }

    fn filled(&mut self, table: &'a Table, node: &Node<'_>, at: At<'_>) -> Sample {
        let (node, excluded) = self.chosen(table, node, at.minimal);
        let chosen =
            if at.minimal { required(table, &node, &excluded) } else { self.all(table, &node, &excluded, at.path) };
        let (mut full, mut checked) = (Map::new(), Map::new());
        let mut codes: BTreeMap<&str, String> = BTreeMap::new();
        for setter in table.setters.iter().filter(|setter| chosen.contains(setter.name.as_str())) {
            if !at.minimal {
                self.covered.insert((&table.name, &setter.name));
            }
            let name = format!("{}::{}.{}", self.module, table.name, setter.name);
            let path = format!("{}/{}", at.path, setter.name);
            let member = node.member(&setter.name);
            let kind = self.kind(&setter.of);
            let sample = self.value(&kind, member.as_ref().unwrap_or(&node.unknown()), At { path: &path, ..at }, &name);
            match (member, sample.checked) {
                (Some(_), Some(value)) => drop(checked.insert(setter.name.clone(), value)),
                (Some(_), None) => (),
                (None, _) => drop(self.findings.unknown.insert(name)),
            }
            full.insert(setter.name.clone(), sample.full);
            codes.insert(&setter.name, sample.code);
        }
        Sample { code: self.function(table, codes), full: full.into(), checked: Some(checked.into()) }
    }

    /// Every property that may be there together with the others; what was not set yet first.
    fn all(&self, table: &'a Table, node: &Node<'_>, excluded: &BTreeSet<String>, path: &str) -> BTreeSet<&'a str> {
        let arguments: BTreeSet<&str> = table.required.iter().map(|setter| setter.name.as_str()).collect();
        let may = |setter: &&Setter| {
            let is_read_only = self.read_only.contains(format!("{path}/{}", setter.name).as_str());
            !is_read_only && !excluded.contains(&setter.name) && !arguments.contains(setter.name.as_str())
        };
        let mut optional: Vec<&Setter> = table.setters.iter().filter(may).collect();
        let required = node.required();
        optional.sort_by_key(|setter| (!required.contains(setter.name.as_str()), Reverse(self.news(table, setter))));
        let room = node.count("maxProperties").map_or(usize::MAX, |most| most.saturating_sub(arguments.len()));
        arguments.iter().copied().chain(optional.into_iter().map(|setter| setter.name.as_str()).take(room)).collect()
    }

    /// A function of the program that makes it: one for each, so that none is long.
    fn function(&mut self, table: &Table, mut codes: BTreeMap<&str, String>) -> String {
        let path = format!("{}::{}", self.module, table.name);
        let arguments: Vec<String> = table
            .required
            .iter()
            .map(|setter| codes.remove(setter.name.as_str()).expect("every argument has a sample"))
            .collect();
        let set = table.setters.iter().filter_map(|setter| {
            let code = codes.remove(setter.name.as_str())?;
            Some(format!(".{}({code})", setter.method))
        });
        let body = format!("{path}::new({}){}", arguments.join(", "), set.collect::<String>());
        let name = format!("f{}", self.functions.len());
        self.functions.push(format!("fn {name}() -> {path} {{\n    {body}\n}}\n"));
        format!("{name}()")
    }
}

/// What a minimal sample has: what is required here or there, what that requires, and as many as there have to be.
fn required<'n>(table: &'n Table, node: &Node<'n>, excluded: &BTreeSet<String>) -> BTreeSet<&'n str> {
    let mut wanted: BTreeSet<&str> =
        table.required.iter().map(|setter| setter.name.as_str()).chain(node.required()).collect();
    let least = node.count("minProperties").unwrap_or(0);
    let more = table.setters.iter().map(|setter| setter.name.as_str());
    let more: Vec<&str> = more.filter(|name| !excluded.contains(*name) && !wanted.contains(name)).collect();
    let missing = least.saturating_sub(wanted.len()).max(usize::from(wanted.is_empty() && !excluded.is_empty()));
    wanted.extend(more.into_iter().take(missing));
    loop {
        let more: BTreeSet<&str> = wanted.iter().flat_map(|name| node.dependents(name)).collect();
        if more.is_subset(&wanted) {
            return wanted;
        }
        wanted.extend(more);
    }
}

fn tag(node: &Node<'_>, seed: usize) -> Sample {
    let part = |name| leaf::string(&node.member(name).unwrap_or_else(|| node.unknown()), seed);
    let (key, value) = (part("Key"), part("Value"));
    plain(format!("CfnTag::new({key:?}, {value:?})"), serde_json::json!({"Key": key, "Value": value}))
}

fn plain(code: String, value: Value) -> Sample {
    Sample { code, full: value.clone(), checked: Some(value) }
}

fn text_sample(text: String) -> Sample {
    plain(format!("{text:?}"), text.into())
}

fn whole_sample(number: f64) -> Sample {
    let number = leaf::whole(number);
    plain(format!("{number}_i64"), number)
}

fn number_sample(number: f64) -> Sample {
    plain(format!("{number:?}_f64"), number.into())
}
