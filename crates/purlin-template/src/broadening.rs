//! What a template permits that the one before did not: IAM, resource policies, security groups.

use serde::Serialize;
use serde_json::Value;

/// Something that becomes possible.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Broadening {
    /// The resource in the template.
    pub logical_id: String,
    /// Such as `AWS::IAM::Role`.
    pub resource_type: String,
    /// What becomes possible, for people.
    pub what: String,
}

/// Compares two templates; nothing before is a new stack.
pub fn broadening(before: Option<&Value>, after: &Value) -> Vec<Broadening> {
    let resources = after["Resources"].as_object().into_iter().flatten();
    let grants = |kind: &str| kind.starts_with("AWS::IAM::") || kind.starts_with("AWS::EC2::SecurityGroup");
    resources
        .filter_map(|(id, resource)| {
            let kind = resource["Type"].as_str().filter(|kind| grants(kind))?;
            let old = before.map_or(&Value::Null, |before| &before["Resources"][id]);
            let what = match (old.is_null(), old["Properties"] == resource["Properties"]) {
                (true, _) => "it is new",
                (false, false) => "it changes",
                (false, true) => return None,
            };
            Some(Broadening { logical_id: id.clone(), resource_type: kind.to_owned(), what: what.to_owned() })
        })
        .collect()
}
