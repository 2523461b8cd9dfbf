//! JSON as the CDK lays it out: two blanks in manifests, one in templates, no newline at the end.

use serde::Serialize;
use serde_json::ser::{PrettyFormatter, Serializer};

/// A manifest's JSON: indented by two.
///
/// # Panics
/// When the value has a map whose keys are not strings, which none of this crate's types has.
pub fn to_json(value: &impl Serialize) -> Vec<u8> {
    indented(value, b"  ")
}

/// A template's JSON: indented by one, which keeps large templates below CloudFormation's limit.
///
/// # Panics
/// When the value has a map whose keys are not strings.
pub fn to_template_json(value: &impl Serialize) -> Vec<u8> {
    indented(value, b" ")
}

fn indented(value: &impl Serialize, indent: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut bytes, PrettyFormatter::with_indent(indent));
    value.serialize(&mut serializer).expect("maps with string keys, written to memory");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indents_as_the_cdk_does() {
        let value = serde_json::json!({"a": [1]});
        assert_eq!(to_json(&value), b"{\n  \"a\": [\n    1\n  ]\n}");
        assert_eq!(to_template_json(&value), b"{\n \"a\": [\n  1\n ]\n}");
    }
}
