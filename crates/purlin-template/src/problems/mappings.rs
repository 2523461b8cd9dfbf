//! Functions where a template has plain values only: in mappings and in parameters.

use crate::lint::function;
use crate::node::{Key, Spanned, joined};
use crate::problems::{Fault, TemplateProblem};
use crate::template::Template;

pub(super) fn problems(template: &Template) -> Vec<TemplateProblem> {
    let mut found = Vec::new();
    for (section, part) in [("Mappings", "a mapping"), ("Parameters", "a parameter")] {
        let Some(entries) = template.document().get(section).and_then(Spanned::as_mapping) else { continue };
        for (name, entry) in entries {
            let mut path = vec![Key::Name(section), Key::Name(name)];
            // Two names lead to a value of a mapping, and one to a value of a parameter: `Ref` may be such a name.
            let depth = if section == "Mappings" { 2 } else { 1 };
            plain(&entry.value, part, depth, &mut path, &mut found);
        }
    }
    found
}

fn plain<'t>(
    value: &'t Spanned,
    part: &'static str,
    depth: usize,
    path: &mut Vec<Key<'t>>,
    found: &mut Vec<TemplateProblem>,
) {
    if depth == 0
        && let Some((name, _)) = function(value)
    {
        if name != "Fn::Transform" {
            let fault = Fault::Function { name: name.to_owned(), part };
            found.push(TemplateProblem::new(joined(path), value.span.start, fault));
        }
        return;
    }
    let names = value.as_mapping().into_iter().flatten().map(|(name, entry)| (Key::Name(name), &entry.value));
    let items = value.as_sequence().into_iter().flatten().enumerate().map(|(index, item)| (Key::Index(index), item));
    for (key, inner) in names.chain(items) {
        if !matches!(key, Key::Name(name) if name.starts_with("Fn::")) {
            path.push(key);
            plain(inner, part, depth.saturating_sub(1), path, found);
            path.pop();
        }
    }
}
