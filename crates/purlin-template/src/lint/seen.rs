//! What a value of a template is, seen through its functions: `Fn::If` is followed as the scenario has it, the rest is
//! known by its kind alone.

use crate::lint::scenario::Scenario;
use crate::node::{Node, Spanned};
use crate::template::Template;

/// A value as one scenario sees it.
#[derive(Clone, Copy)]
pub(super) enum Seen<'t> {
    /// `AWS::NoValue`: as if it were not written.
    Absent,
    /// Written out.
    Known(&'t Spanned),
    /// A function's result.
    Computed(Kind, &'t Spanned),
    /// A template parameter, whose default and allowed values are known.
    Parameter(Kind, &'t str, &'t Spanned),
}

impl Seen<'_> {
    /// Whether the value may be absent: it is `AWS::NoValue`, or an undecidable condition can lead to it.
    pub(super) fn may_be_absent(self) -> bool {
        match self {
            Self::Absent => true,
            Self::Computed(_, value) => leads_to_nothing(value),
            Self::Known(_) | Self::Parameter(..) => false,
        }
    }
}

fn leads_to_nothing(value: &Spanned) -> bool {
    match function(value) {
        Some(("Ref", name)) => name.as_str() == Some("AWS::NoValue"),
        Some(("Fn::If", arguments)) => arguments.as_sequence().into_iter().flatten().any(leads_to_nothing),
        _ => false,
    }
}

/// What a function makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text, or what text can stand for: a number, a boolean.
    Text,
    /// A list.
    List,
    /// Whatever fits.
    Anything,
}

/// The name of the function and its argument, if the value is a function.
pub(crate) fn function(value: &Spanned) -> Option<(&str, &Spanned)> {
    value.as_single().filter(|(name, _)| *name == "Ref" || name.starts_with("Fn::"))
}

/// Sees one step through the value; `Fn::If` gives its branch with the index of that branch.
pub(super) enum Step<'t> {
    Done(Seen<'t>),
    Branch(usize, &'t Spanned),
}

pub(super) fn step<'t>(value: &'t Spanned, template: &'t Template, scenario: &Scenario<'t>) -> Step<'t> {
    let Some((name, argument)) = function(value) else { return Step::Done(literal(value)) };
    Step::Done(match name {
        "Ref" => reference(value, argument, template),
        "Fn::If" => {
            let Some([name, then, otherwise]) = argument.as_sequence() else {
                return Step::Done(Seen::Computed(Kind::Anything, value));
            };
            return match name.as_str().and_then(|name| scenario.truth(name)) {
                Some(true) => Step::Branch(1, then),
                Some(false) => Step::Branch(2, otherwise),
                None => Step::Done(Seen::Computed(Kind::Anything, value)),
            };
        }
        "Fn::Sub" if argument.as_str().is_some_and(|text| !text.contains("${")) => literal(argument),
        "Fn::Sub" | "Fn::Join" | "Fn::Base64" | "Fn::ToJsonString" => Seen::Computed(Kind::Text, value),
        "Fn::Split" | "Fn::GetAZs" | "Fn::Cidr" => Seen::Computed(Kind::List, value),
        _ => Seen::Computed(Kind::Anything, value),
    })
}

/// Text with a dynamic reference is known only when it is deployed.
fn literal(value: &Spanned) -> Seen<'_> {
    match &value.node {
        Node::String(text) if is_resolved_later(text) => Seen::Computed(Kind::Anything, value),
        _ => Seen::Known(value),
    }
}

/// `{{resolve:ssm:..}}`, with or without spaces.
pub(super) fn is_resolved_later(text: &str) -> bool {
    text.split("{{").skip(1).any(|rest| rest.trim_start().starts_with("resolve:"))
}

fn reference<'t>(value: &'t Spanned, argument: &'t Spanned, template: &'t Template) -> Seen<'t> {
    let Some(name) = argument.as_str() else { return Seen::Computed(Kind::Anything, value) };
    if name == "AWS::NoValue" {
        return Seen::Absent;
    }
    if name == "AWS::NotificationARNs" {
        return Seen::Computed(Kind::List, value);
    }
    let Some(parameter) = template.parameters().get(name) else {
        let kind = if name.starts_with("AWS::") { Kind::Text } else { Kind::Anything };
        return Seen::Computed(kind, value);
    };
    // `List <AWS::EC2::Subnet::Id>` is as good.
    let is_list = parameter.kind == "CommaDelimitedList" || parameter.kind.replace(' ', "").contains("List<");
    let kind = if is_list { Kind::List } else { Kind::Text };
    if is_list || parameter.kind.starts_with("AWS::SSM::") {
        return Seen::Computed(kind, value);
    }
    Seen::Parameter(kind, name, value)
}
