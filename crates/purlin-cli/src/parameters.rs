//! Parameters of the command line and of a file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use purlin_assembly::Stack;
use purlin_template::{Node, Spanned};

use crate::args::ParameterArgs;
use crate::failure::{Failure, Kind};
use crate::given;

/// The given parameters, by stack.
pub(crate) struct Parameters {
    /// Stack, key and value. The stack is any of its names; none is every stack.
    given: Vec<(Option<String>, String, String)>,
    /// The parameters in each stack's template, by the stack's name.
    declared: BTreeMap<String, BTreeSet<String>>,
}

impl Parameters {
    pub(crate) fn of(args: &ParameterArgs, stacks: &[&Stack]) -> Result<Self, Failure> {
        let mut given = match &args.parameters_file {
            Some(file) => in_file(file)?,
            None => Vec::new(),
        };
        given.extend(args.parameters.iter().cloned());
        let given: Vec<(Option<String>, String, String)> = given
            .into_iter()
            .map(|(key, value)| match key.rsplit_once(':') {
                Some((stack, key)) => (Some(stack.to_owned()), key.to_owned(), value),
                None => (None, key, value),
            })
            .collect();
        let mut declared = BTreeMap::new();
        if !given.is_empty() {
            for stack in stacks {
                declared.insert(stack.name().to_owned(), names(stack)?);
            }
        }
        let parameters = Self { given, declared };
        parameters.check(stacks)?;
        Ok(parameters)
    }

    /// Refuses a parameter that no template declares.
    fn check(&self, stacks: &[&Stack]) -> Result<(), Failure> {
        for (wanted, key, _) in &self.given {
            let is_meant = |stack: &&&Stack| wanted.as_ref().is_none_or(|wanted| is_named(stack, wanted));
            let mut meant = stacks.iter().filter(is_meant).peekable();
            if let (Some(wanted), None) = (wanted, meant.peek()) {
                return Err(Failure::usage(format!("parameter `{wanted}:{key}` names a stack that is not deployed")));
            }
            if !meant.any(|stack| self.declared[stack.name()].contains(key)) {
                let known: Vec<String> = self.declared.values().flatten().map(|name| format!("`{name}`")).collect();
                let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                return Err(Failure::usage(format!("there is no parameter `{key}`; the stacks have {known}")));
            }
        }
        Ok(())
    }

    /// The parameters of one stack: those given for it, and those given for all stacks that it declares.
    pub(crate) fn of_stack(&self, stack: &Stack) -> BTreeMap<String, String> {
        let fits = |wanted: &Option<String>, key: &str| match wanted {
            Some(wanted) => is_named(stack, wanted),
            None => self.declared.get(stack.name()).is_some_and(|names| names.contains(key)),
        };
        let matching = self.given.iter().filter(|(wanted, key, _)| fits(wanted, key));
        matching.map(|(_, key, value)| (key.clone(), value.clone())).collect()
    }
}

fn is_named(stack: &Stack, name: &str) -> bool {
    [stack.id(), stack.display_name(), stack.name()].contains(&name)
}

fn names(stack: &Stack) -> Result<BTreeSet<String>, Failure> {
    let template: serde_json::Value = serde_json::from_str(&stack.template()?).map_err(|error| {
        let path = stack.template_path();
        Failure::new(Kind::Problems, format!("the template `{}` is not JSON: {error}", path.display()))
    })?;
    Ok(template["Parameters"].as_object().into_iter().flat_map(|all| all.keys().cloned()).collect())
}

/// The pairs of a file. Values are never part of a message: they may be secret.
fn in_file(file: &Path) -> Result<Vec<(String, String)>, Failure> {
    let wrong = |why: &str| {
        Failure::usage(format!("cannot read parameters from `{}`: {why}", file.display()))
            .hint("write a map (`Key: value`), or the AWS CLI's list of `ParameterKey` and `ParameterValue`")
    };
    let text = given::text(file).map_err(|error| wrong(&error.to_string()))?;
    let document = purlin_template::load(&text).map_err(|error| wrong(&error.to_string()))?;
    pairs(&document, &text).map_err(|why| wrong(&why))
}

fn pairs(document: &Spanned, text: &str) -> Result<Vec<(String, String)>, String> {
    if let Some(items) = document.as_sequence() {
        return items.iter().map(|item| item_of_list(item, text)).collect();
    }
    // The files of the CDK and of CodePipeline have the map under `Parameters`.
    let map = document.get("Parameters").filter(|it| it.as_mapping().is_some()).unwrap_or(document);
    let entries = map.as_mapping().ok_or_else(|| format!("it holds {}", document.node.kind()))?;
    let pair = |(key, value): (&String, &Spanned)| Ok((key.clone(), scalar(key, value, text)?));
    entries.iter().map(|(key, entry)| pair((key, &entry.value))).collect()
}

fn item_of_list(item: &Spanned, text: &str) -> Result<(String, String), String> {
    if let Some((key, value)) = item.as_str().and_then(|item| item.split_once('=')) {
        return Ok((key.to_owned(), value.to_owned()));
    }
    let key = item.get("ParameterKey").and_then(Spanned::as_str);
    let (Some(key), Some(value)) = (key, item.get("ParameterValue")) else {
        return Err(format!("the item at {} has no `ParameterKey` and `ParameterValue`", item.span.start));
    };
    Ok((key.to_owned(), scalar(key, value, text)?))
}

/// A value as it is written: `012345678901` and `1.10` stay text. Lists are joined, as CloudFormation requires.
fn scalar(key: &str, value: &Spanned, text: &str) -> Result<String, String> {
    match &value.node {
        Node::String(text) => Ok(text.clone()),
        Node::Bool(_) | Node::Integer(_) | Node::Float(_) => Ok(as_written(value, text)),
        Node::Sequence(items) => {
            let items: Result<Vec<String>, String> = items.iter().map(|item| scalar(key, item, text)).collect();
            Ok(items?.join(","))
        }
        Node::Null | Node::Mapping(_) => Err(format!("`{key}` is {}, not text", value.node.kind())),
    }
}

fn as_written(value: &Spanned, text: &str) -> String {
    let (start, end) = (value.span.start, value.span.end);
    let line = text.lines().nth(start.line.saturating_sub(1)).unwrap_or_default();
    let columns = end.column.saturating_sub(start.column);
    let written: String = line.chars().skip(start.column.saturating_sub(1)).take(columns).collect();
    written.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(String, String)>, String> {
        pairs(&purlin_template::load(text).map_err(|error| error.to_string())?, text)
    }

    #[test]
    fn every_form_of_file_is_read_and_numbers_stay_as_they_are_written() {
        let cases = [
            (r#"{"Account": "012345678901", "Size": 3, "Ratio": 1.10}"#, "Account=012345678901 Size=3 Ratio=1.10"),
            (
                "Account: 012345678901\nMode: 010\nOn: yes\nVersion: 1.10\n",
                "Account=012345678901 Mode=010 On=yes Version=1.10",
            ),
            ("Quoted: \"a b\"\nZones: [a, b]\n", "Quoted=a b Zones=a,b"),
            (r#"[{"ParameterKey": "Size", "ParameterValue": "3"}]"#, "Size=3"),
            (r#"["Size=3", "Url=a=b"]"#, "Size=3 Url=a=b"),
            (r#"{"Parameters": {"Size": "3"}}"#, "Size=3"),
            ("Web:Size: 3\n", "Web:Size=3"),
        ];
        for (text, expected) in cases {
            let pairs = read(text).unwrap_or_else(|why| panic!("{text}: {why}"));
            let pairs: Vec<String> = pairs.into_iter().map(|(key, value)| format!("{key}={value}")).collect();
            assert_eq!(pairs.join(" "), expected, "{text}");
        }
    }

    #[test]
    fn malformed_parameters_are_named_without_their_values() {
        for (text, expected) in [
            ("just text", "it holds text"),
            ("Password: {a: hush}", "`Password` is a mapping, not text"),
            (r#"[{"Key": "hush"}]"#, "has no `ParameterKey`"),
            ("Password:\n", "`Password` is null, not text"),
        ] {
            let why = read(text).unwrap_err();
            assert!(why.contains(expected) && !why.contains("hush"), "{text}: {why}");
        }
    }
}
