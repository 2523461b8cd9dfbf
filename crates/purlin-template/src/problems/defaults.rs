//! Defaults of parameters against what the parameters take.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html>

use crate::lint::matches_pattern;
use crate::node::{Node, Spanned};
use crate::problems::{Fault, TemplateProblem};
use crate::template::Template;

pub(super) fn problems(template: &Template) -> Vec<TemplateProblem> {
    let mut found = Vec::new();
    for (name, parameter) in template.parameters() {
        let declared = template.document().get("Parameters").and_then(|all| all.get(name));
        let Some((declared, default)) = declared.and_then(|declared| Some((declared, declared.get("Default")?))) else {
            continue;
        };
        if matches!(default.node, Node::Null) || crate::lint::function(default).is_some() {
            // Both are reported as such.
            continue;
        }
        if let Some((given, takes)) = refusal(declared, &parameter.kind, default) {
            let given = Some(given).filter(|_| !parameter.no_echo);
            let path = format!("Parameters/{name}/Default");
            found.push(TemplateProblem::new(path, default.span.start, Fault::Default { given, takes }));
        }
    }
    found
}

/// The value that the parameter refuses, and what it takes.
fn refusal(declared: &Spanned, kind: &str, default: &Spanned) -> Option<(String, String)> {
    let Some(text) = plain(default) else {
        return Some((default.node.kind().trim_start_matches("a ").to_owned(), "text".to_owned()));
    };
    let kind = kind.replace(' ', "");
    // The default is the name of a stored value, which is not known here.
    if kind.starts_with("AWS::SSM::Parameter::Value") {
        return None;
    }
    let is_list = kind == "CommaDelimitedList" || kind.starts_with("List<");
    let items: Vec<&str> = if is_list { text.split(',').map(str::trim).collect() } else { vec![text.as_str()] };
    // An allowed value may have commas itself.
    let allowed = declared.get("AllowedValues").and_then(Spanned::as_sequence).unwrap_or_default();
    if is_list && allowed.iter().filter_map(plain).any(|value| value == text) {
        return None;
    }
    let is_number = matches!(kind.as_str(), "Number" | "List<Number>");
    items.into_iter().find_map(|item| {
        let takes = takes(declared, &kind, is_number, item)?;
        Some((item.to_owned(), takes))
    })
}

/// What the parameter takes instead of this item; none if it takes the item.
fn takes(declared: &Spanned, kind: &str, is_number: bool, item: &str) -> Option<String> {
    let limit = |name: &str| declared.get(name).and_then(plain)?.trim().parse::<f64>().ok();
    let number = item.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    if is_number && number.is_none() {
        return Some("numbers".to_owned());
    }
    let allowed = declared.get("AllowedValues").and_then(Spanned::as_sequence);
    let allowed: Option<Vec<String>> = allowed.and_then(|values| values.iter().map(plain).collect());
    if let Some(allowed) = allowed {
        let is_same = |value: &String| value == item || (is_number && value.trim().parse().ok() == number);
        if !allowed.iter().any(is_same) {
            let shown: Vec<String> = allowed.iter().map(|value| format!("`{value}`")).collect();
            return Some(shown.join(", "));
        }
    }
    if kind == "String" {
        #[expect(clippy::cast_precision_loss, reason = "texts of templates are short")]
        let length = item.chars().count() as f64;
        if let Some(least) = limit("MinLength").filter(|least| length < *least) {
            return Some(format!("at least {least} characters"));
        }
        if let Some(most) = limit("MaxLength").filter(|most| length > *most) {
            return Some(format!("at most {most} characters"));
        }
    }
    if kind == "Number" {
        if let Some(least) = limit("MinValue").filter(|least| number.is_some_and(|number| number < *least)) {
            return Some(format!("at least {least}"));
        }
        if let Some(most) = limit("MaxValue").filter(|most| number.is_some_and(|number| number > *most)) {
            return Some(format!("at most {most}"));
        }
    }
    let pattern = declared.get("AllowedPattern").and_then(Spanned::as_str)?;
    let refuses = is_portable(pattern) && matches_pattern(&format!("^(?:{pattern})$"), item) == Some(false);
    refuses.then(|| format!("text that matches `{pattern}`"))
}

/// Whether Java, whose expressions CloudFormation takes, reads the pattern as other engines do.
fn is_portable(pattern: &str) -> bool {
    const JAVA: [&str; 11] = ["[[", "&&", "\\p", "\\P", "\\Q", "\\h", "\\R", "\\Z", "\\z", "(?>", "++"];
    let has_flags = pattern.split("(?").skip(1).any(|rest| !rest.starts_with([':', '=', '!', '<']));
    !has_flags && !JAVA.iter().any(|only| pattern.contains(only))
}

fn plain(value: &Spanned) -> Option<String> {
    match &value.node {
        Node::Bool(value) => Some(value.to_string()),
        Node::Integer(value) => Some(value.to_string()),
        Node::Float(text) | Node::String(text) => Some(text.clone()),
        Node::Null | Node::Sequence(_) | Node::Mapping(_) => None,
    }
}
