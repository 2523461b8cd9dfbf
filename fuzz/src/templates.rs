//! Templates of any tool, in JSON and YAML.

use purlin_template::{Template, load, to_yaml};
use serde_json::Value;

use crate::parts;

/// A document is the same in JSON and in the YAML that is written.
pub(crate) fn templates(data: &[u8]) {
    let Some([text]) = parts(data) else { return };
    let Ok(document) = load(text) else { return };
    let value = document.to_json();
    let yaml = to_yaml(&value);
    let again = load(&yaml).unwrap_or_else(|error| panic!("{error}\n{yaml}"));
    assert_eq!(again.to_json(), value, "\n{yaml}");
    if value.is_object() {
        let json = load(&value.to_string()).expect("JSON is read");
        assert_eq!(json.to_json(), value);
    }
}

/// A template has the same problems in YAML and JSON, and the message of each is without control characters.
pub(crate) fn lint(data: &[u8]) {
    let Some((template, again)) = twice(data) else { return };
    let problems = |template: &Template| -> Vec<String> {
        let problems = template.schema_problems();
        problems.iter().map(|it| format!("{} {:?} {}", it.property(), it.violation, it.hint())).collect()
    };
    assert_eq!(problems(&template), problems(&again));
}

/// References: the order of creation has each resource after those it needs, or there is a circle.
pub(crate) fn references(data: &[u8]) {
    let Some((template, again)) = twice(data) else { return };
    assert_eq!(template.references().len(), again.references().len());
    assert_eq!(template.problems().len(), again.problems().len());
    for problem in template.problems() {
        let _ = (problem.property(), problem.hint(), problem.element());
    }
    match template.creation_order() {
        Ok(order) => {
            assert_eq!(order.len(), template.resources().len());
            for (index, id) in order.iter().enumerate() {
                let needs = template.dependencies(id);
                assert!(
                    needs.iter().all(|needed| order[..index].contains(needed)),
                    "{id} needs {needs:?} in {order:?}"
                );
            }
        }
        Err(circle) => assert!(!circle.to_string().is_empty()),
    }
}

/// A template permits no more than itself, and what is new in it is listed in one order.
pub(crate) fn broadening(data: &[u8]) {
    let Some([before, after]) = parts(data) else { return };
    let Ok(before) = load(before).map(|it| it.to_json()) else { return };
    assert_eq!(purlin_template::broadening(Some(&before), &before), []);
    let Ok(after) = load(after).map(|it| it.to_json()) else { return };
    let found = purlin_template::broadening(Some(&before), &after);
    assert!(found.is_sorted(), "{found:?}");
    if before != Value::Null {
        let _ = purlin_template::broadening(None, &after);
    }
}

/// A template, and the same after it was written.
fn twice(data: &[u8]) -> Option<(Template, Template)> {
    let [text] = parts(data)?;
    let template = Template::parse(text).ok()?;
    let again = Template::from_json(&template.to_json()).expect("what is a template stays one");
    Some((template, again))
}
