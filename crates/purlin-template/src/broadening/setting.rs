//! Reads settings that permit more, such as `PubliclyAccessible`, by the rows of `openings.yaml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;

use super::attachment::{Attachment, Ends};
use super::policies::{Here, named};
use super::statement::matches;
use super::text::{branches, referred};

/// What `openings.yaml` has.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    settings: Vec<Setting>,
    pub(super) traffic: Vec<TrafficRow>,
    pub(super) policies: PolicyRows,
}

/// One word or several.
#[derive(Debug, Default, Deserialize)]
#[serde(from = "OneOrMany")]
struct Words(Vec<String>);

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl From<OneOrMany> for Words {
    fn from(words: OneOrMany) -> Self {
        match words {
            OneOrMany::One(word) => Self(vec![word]),
            OneOrMany::Many(words) => Self(words),
        }
    }
}

impl Words {
    fn has(&self, text: &str) -> bool {
        self.0.iter().any(|word| matches(word, text))
    }
}

/// Paths and the words that their values may be.
type Conditions = BTreeMap<String, Words>;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Setting {
    #[serde(rename = "type")]
    types: Words,
    each: String,
    when: Conditions,
    unless: Conditions,
    /// A value that has to be the same, though the line does not show it.
    same: String,
    /// Names of properties.
    anywhere: Words,
    is: Words,
    not: Words,
    /// Types whose properties of that name have rows of their own.
    except: Words,
    opens: Option<String>,
    shields: Option<String>,
    guards: Option<String>,
}

/// A rule of a network, as properties.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct TrafficRow {
    #[serde(rename = "type")]
    pub(super) kind: String,
    each: String,
    when: Conditions,
    unless: Conditions,
    pub(super) group: String,
    out: Conditions,
    protocol: String,
    protocol_is: String,
    from: String,
    to: String,
    port: String,
    peers: Vec<String>,
    default: String,
}

/// What policy documents are about.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PolicyRows {
    /// Type, and the property that names the protected resource.
    pub(super) about: BTreeMap<String, String>,
    /// Type, and the property that limits sessions.
    pub(super) sessions: BTreeMap<String, String>,
}

/// The rows.
pub(super) static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let table = crate::load(include_str!("openings.yaml")).expect("the table is YAML");
    serde_json::from_value(table.to_json()).expect("each row of the table is a setting")
});

/// The rows of one type each.
static BY_TYPE: LazyLock<BTreeMap<&str, Vec<&Setting>>> = LazyLock::new(|| {
    let mut by_type: BTreeMap<&str, Vec<&Setting>> = BTreeMap::new();
    for row in TABLE.settings.iter().filter(|row| !row.is_of_many()) {
        row.types.0.iter().for_each(|kind| by_type.entry(kind).or_default().push(row));
    }
    by_type
});

/// The rows of types that are written as patterns.
static OF_MANY: LazyLock<Vec<&Setting>> =
    LazyLock::new(|| TABLE.settings.iter().filter(|row| row.is_of_many()).collect());

/// The rows of properties anywhere.
static ANYWHERE: LazyLock<Vec<&Setting>> =
    LazyLock::new(|| TABLE.settings.iter().filter(|row| !row.anywhere.0.is_empty()).collect());

/// The settings of a resource.
pub(super) fn settings(here: &Here<'_>) -> Vec<Attachment> {
    let many = OF_MANY.iter().filter(|row| row.types.has(here.kind));
    let rows = BY_TYPE.get(here.kind).into_iter().flatten().chain(many);
    let mut all: Vec<_> = rows.flat_map(|row| row.attachments(here)).collect();
    anywhere(here, here.properties, &mut all);
    all
}

/// Settings that are known by the name of the property.
fn anywhere(here: &Here<'_>, value: &Value, all: &mut Vec<Attachment>) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                for row in ANYWHERE.iter().filter(|row| row.anywhere.has(name) && !row.except.has(here.kind)) {
                    all.extend(row.named(here, name, value));
                }
                anywhere(here, value, all);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| anywhere(here, item, all)),
        _ => {}
    }
}

impl Setting {
    fn is_of_many(&self) -> bool {
        self.types.0.iter().any(|kind| kind.contains('*'))
    }

    fn attachments(&self, here: &Here<'_>) -> Vec<Attachment> {
        let items = items(here, here.properties, &self.each);
        let items =
            items.iter().filter(|item| all_hold(here, item, &self.when) && none_holds(here, item, &self.unless));
        items.flat_map(|item| self.lines(here, item, "")).collect()
    }

    /// A property whose name has a row, in whichever place.
    fn named(&self, here: &Here<'_>, name: &str, value: &Value) -> Vec<Attachment> {
        let texts: Vec<_> = branches(value).into_iter().flat_map(|it| here.reader.known(it)).collect();
        let fits = |text: &&String| {
            !is_local(here, text)
                && (is_unknown(here, text) || self.is.has(&plain(text, &self.is)))
                && !self.not.has(text)
        };
        let item = Item { name: name.to_owned(), value: Value::Null };
        texts.iter().filter(fits).flat_map(|text| self.lines(here, &item, text)).collect()
    }

    fn lines(&self, here: &Here<'_>, item: &Item, value: &str) -> Vec<Attachment> {
        let same = match self.same.as_str() {
            "" => Value::Null,
            "*" => here.properties.clone(),
            path => items(here, &item.value, path).into_iter().map(|it| it.value).collect(),
        };
        let lines = [(&self.opens, Ends::Opens), (&self.shields, Ends::Shields), (&self.guards, Ends::Guards)];
        let lines = lines.into_iter().filter_map(|(line, ends)| Some((line.as_ref()?, ends)));
        lines
            .flat_map(|(line, ends)| filled(here, item, value, line).into_iter().map(move |what| (what, ends)))
            .map(|(what, ends)| Attachment { what, same: same.clone(), ends })
            .collect()
    }
}

impl TrafficRow {
    /// Group, direction, what a rule says in the words of a security group, and its peers.
    pub(super) fn rules(&self, here: &Here<'_>) -> Vec<(String, bool, Value, String)> {
        let first = |item: &Item, path: &str| items(here, &item.value, path).into_iter().next().map(|it| it.value);
        let mut all = Vec::new();
        for item in items(here, here.properties, &self.each) {
            if !all_hold(here, &item, &self.when) || !none_holds(here, &item, &self.unless) {
                continue;
            }
            let group = if self.group.is_empty() { vec![here.itself()] } else { here.names(&self.group) };
            let protocol = if self.protocol.is_empty() { None } else { first(&item, &self.protocol) };
            let protocol = protocol.or_else(|| (!self.protocol_is.is_empty()).then(|| self.protocol_is.clone().into()));
            let port = (!self.port.is_empty()).then(|| Value::from(self.port.clone()));
            let from = if self.from.is_empty() { port.clone() } else { first(&item, &self.from) };
            let to = if self.to.is_empty() { port } else { first(&item, &self.to) };
            let mut body = serde_json::Map::new();
            for (key, value) in [("IpProtocol", protocol), ("FromPort", from), ("ToPort", to)] {
                body.extend(value.map(|value| (key.to_owned(), value)));
            }
            let peers = self.peers.iter().flat_map(|peer| items(here, &item.value, peer));
            let mut peers: Vec<_> = peers.flat_map(|peer| here.reader.texts(&peer.value)).collect();
            if peers.is_empty() && !self.default.is_empty() {
                peers.push(self.default.clone());
            }
            let is_out = !self.out.is_empty() && all_hold(here, &item, &self.out);
            let group = group.into_iter().next().unwrap_or_default();
            all.extend(
                peers.into_iter().map(|peer| (group.clone(), !is_out, Value::Object(body.clone()), named(&peer))),
            );
        }
        all
    }
}

/// A value at a path, with the names that stood for `*` on the way.
struct Item {
    name: String,
    value: Value,
}

/// The values at a path: items of lists one by one, both branches of conditions, and what texts have inside as JSON.
fn items(here: &Here<'_>, root: &Value, path: &str) -> Vec<Item> {
    let mut found = vec![Item { name: String::new(), value: root.clone() }];
    if path.is_empty() {
        return found;
    }
    for step in path.split('/') {
        let mut next = Vec::new();
        for item in &found {
            for value in branches(&item.value) {
                let parsed = inside(here, value);
                for value in parsed.as_ref().map_or_else(|| vec![value], branches) {
                    next.extend(children(item, value, step));
                }
            }
        }
        found = next;
    }
    let leaves = found.iter().flat_map(|item| branches(&item.value).into_iter().map(|value| (&item.name, value)));
    let leaves = leaves.map(|(name, value)| (name.clone(), inside(here, value).unwrap_or_else(|| value.clone())));
    leaves
        .flat_map(|(name, value)| {
            branches(&value).into_iter().map(|it| Item { name: name.clone(), value: it.clone() }).collect::<Vec<_>>()
        })
        .collect()
}

/// What a step of a path names in a value.
fn children(item: &Item, value: &Value, step: &str) -> Vec<Item> {
    let Some(map) = value.as_object() else { return Vec::new() };
    let one_of: Option<Vec<_>> =
        step.strip_prefix('[').and_then(|it| it.strip_suffix(']')).map(|it| it.split(',').collect());
    let is_many = step == "*" || one_of.is_some();
    let fits = |name: &str| step == "*" || one_of.as_ref().map_or(name == step, |names| names.contains(&name));
    let fitting = map.iter().filter(|(name, _)| fits(name));
    let name = |key: &str| if is_many { format!("{} {key}", item.name).trim().to_owned() } else { item.name.clone() };
    fitting.map(|(key, value)| Item { name: name(key), value: value.clone() }).collect()
}

/// A list or an object that is written as text.
fn inside(here: &Here<'_>, value: &Value) -> Option<Value> {
    let text = here.reader.written(value)?;
    text.trim_start().starts_with(['[', '{']).then(|| serde_json::from_str(&text).ok())?
}

fn all_hold(here: &Here<'_>, item: &Item, conditions: &Conditions) -> bool {
    conditions.iter().all(|(path, words)| holds(here, item, path, words, true))
}

fn none_holds(here: &Here<'_>, item: &Item, conditions: &Conditions) -> bool {
    !conditions.iter().any(|(path, words)| holds(here, item, path, words, false))
}

/// Whether a value is one of the words. What only a deployment knows is what `unknown` says.
fn holds(here: &Here<'_>, item: &Item, path: &str, words: &Words, unknown: bool) -> bool {
    let values = match path.strip_prefix('/') {
        Some(path) => items(here, here.properties, path),
        None => items(here, &item.value, path),
    };
    let mut texts = values.iter().flat_map(|it| here.reader.known(&it.value)).peekable();
    if texts.peek().is_none() {
        return words.0.iter().any(|word| word == "absent");
    }
    if words.0.iter().any(|word| word == "present") {
        return true;
    }
    texts.any(|text| words.has(&plain(&text, words)) || (unknown && is_unknown(here, &text)))
}

/// `True` is `true`.
fn plain(text: &str, words: &Words) -> String {
    let same = words.0.iter().find(|word| word.eq_ignore_ascii_case(text));
    same.cloned().unwrap_or_else(|| text.to_owned())
}

/// Whether only a deployment knows the value.
fn is_unknown(here: &Here<'_>, text: &str) -> bool {
    text.starts_with("${") && text.ends_with('}') && !is_local(here, text)
}

/// Whether it refers to a resource of the template.
fn is_local(here: &Here<'_>, text: &str) -> bool {
    referred(text).is_some_and(|id| !here.template["Resources"][id].is_null())
}

/// A line for each combination of the values it has; none where one of them has no value.
fn filled(here: &Here<'_>, item: &Item, value: &str, line: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut rest = line;
    while let Some((before, hole)) = rest.split_once('{') {
        let Some((hole, after)) = hole.split_once('}') else { break };
        let (path, default) = hole.split_once('|').map_or((hole, None), |(path, word)| (path, Some(word)));
        let mut values = match path {
            "itself" | "/itself" => vec![here.itself()],
            "name" => vec![item.name.clone()],
            "value" => vec![value.to_owned()],
            path => match path.strip_prefix('/') {
                Some(path) => texts(here, here.properties, path),
                None => texts(here, &item.value, path),
            },
        };
        if let (true, Some(word)) = (values.is_empty(), default) {
            values.push(word.to_owned());
        }
        lines =
            lines.iter().flat_map(|line| values.iter().map(move |value| format!("{line}{before}{value}"))).collect();
        rest = after;
    }
    lines.iter().map(|line| format!("{line}{rest}").replace(" ``", "")).collect()
}

/// The values at a path as texts. Policy documents are not among them: they are compared by what they permit.
fn texts(here: &Here<'_>, root: &Value, path: &str) -> Vec<String> {
    let values = items(here, root, path).into_iter().filter(|it| it.value.get("Statement").is_none());
    values.flat_map(|it| here.reader.texts(&it.value)).map(|text| named(&text)).collect()
}
