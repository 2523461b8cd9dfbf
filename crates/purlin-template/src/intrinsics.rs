//! The short tags of CloudFormation and their long names.

use crate::nearest::nearest;

/// Tags that a YAML template may carry, without `!`. `Ref` and `Condition` have no `Fn::` in their long form.
const TAGS: [&str; 27] = [
    "And",
    "Base64",
    "Cidr",
    "Condition",
    "Contains",
    "EachMemberEquals",
    "EachMemberIn",
    "Equals",
    "FindInMap",
    "GetAZs",
    "GetAtt",
    "GetStackOutput",
    "If",
    "ImportValue",
    "Join",
    "Length",
    "Not",
    "Or",
    "Ref",
    "RefAll",
    "Select",
    "Split",
    "Sub",
    "ToJsonString",
    "Transform",
    "ValueOf",
    "ValueOfAll",
];

/// Functions that take a list and are written as a tag in front of it.
const TAKES_LIST: [&str; 11] =
    ["And", "Cidr", "Equals", "FindInMap", "If", "Join", "Not", "Or", "Select", "Split", "Sub"];

/// Functions that take text and are written as a tag in front of it.
const TAKES_TEXT: [&str; 5] = ["Base64", "GetAZs", "ImportValue", "Ref", "Sub"];

/// `Ref` → `Ref`, `Join` → `Fn::Join`; nothing when CloudFormation has no such function.
pub(crate) fn long_name(tag: &str) -> Option<String> {
    match tag {
        "Ref" | "Condition" => Some(tag.to_owned()),
        _ => TAGS.contains(&tag).then(|| format!("Fn::{tag}")),
    }
}

/// The tag to write for a long name whose value is text.
pub(crate) fn tag_for_text(long: &str) -> Option<&str> {
    short_name(long).filter(|tag| TAKES_TEXT.contains(tag))
}

/// The tag to write for a long name whose value is a list.
pub(crate) fn tag_for_list(long: &str) -> Option<&str> {
    short_name(long).filter(|tag| TAKES_LIST.contains(tag))
}

/// What the writer of an unknown tag probably meant, with its `!`.
pub(crate) fn resembling(tag: &str) -> Option<String> {
    nearest(tag, TAGS).map(|tag| format!("!{tag}"))
}

/// All tags, for messages.
pub(crate) fn known_tags() -> String {
    TAGS.map(|tag| format!("`!{tag}`")).join(", ")
}

fn short_name(long: &str) -> Option<&str> {
    if long == "Ref" { Some(long) } else { long.strip_prefix("Fn::") }
}
