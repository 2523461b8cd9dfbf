//! What a template permits that the one before did not: IAM, resource policies, security groups.
//!
//! Both templates are read as what they permit, one action on one resource to one principal at a
//! time, so that it does not matter in which resource, order or form a policy says it.

mod attachment;
mod conditions;
mod expand;
mod hidden;
mod policies;
mod renamed;
mod rule;
mod setting;
mod statement;
mod text;
mod wording;

use serde::Serialize;
use serde_json::Value;

use self::attachment::{Attachment, Ends};
use self::rule::Rule;
use self::statement::{Effect, Permit, Statement};
use self::text::Reader;

/// Something that becomes possible.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
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
    let nothing = Value::Null;
    let read = |template: &Value| conditions::settled(expand::expanded(template));
    let (before, after) = (read(before.unwrap_or(&nothing)), &read(after));
    let renamed = renamed::with_names_of(&before, after);
    let old = Permissions::of(&renamed, &Reader::of(&renamed, after));
    let new = Permissions::of(after, &Reader::of(after, &renamed));
    let mut found = statements(&old, &new);
    found.extend(lifted(&old, &new, after));
    found.extend(rules(&old, &new));
    found.extend(attachments(&old, &new));
    found.extend(limits(&old, &new, after));
    found.sort();
    found.dedup();
    found
}

/// The resource that says something, by id and type.
#[derive(Clone, Debug)]
struct Source {
    logical_id: String,
    resource_type: String,
}

impl Source {
    fn says(&self, what: String) -> Broadening {
        Broadening { logical_id: self.logical_id.clone(), resource_type: self.resource_type.clone(), what }
    }
}

/// Everything a template permits.
#[derive(Debug, Default)]
struct Permissions {
    statements: Vec<(Source, Statement)>,
    rules: Vec<(Source, Rule)>,
    attachments: Vec<(Source, Attachment)>,
}

impl Permissions {
    fn of(template: &Value, reader: &Reader<'_>) -> Self {
        let mut all = Self::default();
        for (id, resource) in template["Resources"].as_object().into_iter().flatten() {
            let Some(kind) = resource["Type"].as_str() else { continue };
            let source = Source { logical_id: id.clone(), resource_type: kind.to_owned() };
            let here = policies::Here { template, id, kind, properties: &resource["Properties"], reader };
            all.statements.extend(policies::statements(&here).into_iter().map(|it| (source.clone(), it)));
            all.rules.extend(rule::rules(&here).into_iter().map(|it| (source.clone(), it)));
            let attachments = attachment::attachments(&here).into_iter().chain(hidden::policies(&here));
            let attachments = attachments.chain(hidden::of_resource(resource));
            all.attachments.extend(attachments.map(|it| (source.clone(), it)));
        }
        let whole = Source { logical_id: "Transform".to_owned(), resource_type: "Transform".to_owned() };
        all.attachments.extend(hidden::of_template(template).into_iter().map(|it| (whole.clone(), it)));
        all
    }

    fn permits(&self, effect: Effect) -> Vec<Permit<'_>> {
        let statements = self.statements.iter().filter(|(_, statement)| statement.effect == effect);
        statements.flat_map(|(_, statement)| statement.permits()).collect()
    }
}

/// What is allowed now and was not.
fn statements(old: &Permissions, new: &Permissions) -> Vec<Broadening> {
    let known = old.permits(Effect::Allow);
    let allowed = new.statements.iter().filter(|(_, statement)| statement.effect == Effect::Allow);
    let lines = allowed.flat_map(|(source, statement)| {
        let added = statement.permits().into_iter().filter(|permit| !known.iter().any(|old| old.covers(permit)));
        wording::allowed(&added.collect::<Vec<_>>()).into_iter().map(|what| source.says(what))
    });
    lines.collect()
}

/// What was denied and no longer is, to or for something that stays.
fn lifted(old: &Permissions, new: &Permissions, after: &Value) -> Vec<Broadening> {
    let known = new.permits(Effect::Deny);
    let denied = old.statements.iter().filter(|(_, statement)| statement.effect == Effect::Deny);
    let lines = denied.flat_map(|(source, statement)| {
        let gone = statement.permits().into_iter().filter(|permit| !known.iter().any(|new| new.covers(permit)));
        let gone: Vec<_> = gone.filter(|permit| text::is_in(permit.bound_to(), after)).collect();
        wording::no_longer_denied(&gone).into_iter().map(|what| source.says(what))
    });
    lines.collect()
}

fn rules(old: &Permissions, new: &Permissions) -> Vec<Broadening> {
    let is_new = |rule: &Rule| !old.rules.iter().any(|(_, old)| old.covers(rule));
    new.rules.iter().filter(|(_, rule)| is_new(rule)).map(|(source, rule)| source.says(rule.to_string())).collect()
}

fn attachments(old: &Permissions, new: &Permissions) -> Vec<Broadening> {
    let opens = |(_, it): &&(Source, Attachment)| it.ends == Ends::Opens;
    let is_new = |it: &Attachment| !old.attachments.iter().any(|(_, old)| old == it);
    let added = new.attachments.iter().filter(opens).filter(|(_, it)| is_new(it));
    added.map(|(source, it)| source.says(it.what.clone())).collect()
}

/// Limits that are gone while what they limit stays.
fn limits(old: &Permissions, new: &Permissions, after: &Value) -> Vec<Broadening> {
    let gone = old.attachments.iter().filter(|(_, it)| !new.attachments.iter().any(|(_, new)| new == it));
    let stays = |(source, it): &&(Source, Attachment)| match it.ends {
        Ends::Opens => false,
        Ends::Shields => !after["Resources"][&source.logical_id].is_null(),
        Ends::Guards => it.what.split('`').skip(1).step_by(2).all(|name| text::is_in(name, after)),
    };
    gone.filter(stays).map(|(source, it)| source.says(it.what.clone())).collect()
}
