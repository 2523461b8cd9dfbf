//! Says what is permitted in one line per kind, not in one per action.

use std::collections::{BTreeMap, BTreeSet};

use super::statement::{AttachedTo, Conditions, Part, Permit};

type Parts<'a> = BTreeSet<&'a Part>;

/// Lines for what a statement allows.
pub(super) fn allowed(permits: &[Permit<'_>]) -> Vec<String> {
    lines(permits, "allows", "lets")
}

/// Lines for what a statement denied.
pub(super) fn no_longer_denied(permits: &[Permit<'_>]) -> Vec<String> {
    lines(permits, "no longer denies", "no longer keeps")
}

/// All permits are of one statement.
fn lines(permits: &[Permit<'_>], verb: &str, lets: &str) -> Vec<String> {
    let Some(first) = permits.first() else { return Vec::new() };
    let when = conditions(&first.statement.conditions);
    let mut lines = Vec::new();
    for (principals, resources, actions) in grouped(permits) {
        let who = listed(&principals, "everyone");
        let line = match &first.statement.attached_to {
            AttachedTo::Role(role) if is_assuming(&actions) => {
                let take = if lets == "lets" { "take on" } else { "from taking on" };
                format!("{lets} {who} {take} `{role}`{when}")
            }
            AttachedTo::Role(role) => format!("{verb} {} on `{role}` to {who}{when}", listed(&actions, "every action")),
            AttachedTo::Session(session) => {
                let (what, on) = (listed(&actions, "every action"), listed(&resources, "every resource"));
                let (may, to) = if lets == "lets" { ("lets", "do") } else { ("no longer keeps", "from") };
                format!("{may} sessions of `{session}` {to} {what} on {on}, as far as the role may{when}")
            }
            attached_to => {
                let through =
                    if let AttachedTo::Path(path) = attached_to { format!(" through `{path}`") } else { String::new() };
                let (what, on) = (listed(&actions, "every action"), listed(&resources, "every resource"));
                format!("{verb} {what} on {on} to {who}{through}{when}")
            }
        };
        lines.push(line);
    }
    lines
}

/// Principals, resources and actions, such that each of the one may do each of the other.
fn grouped<'a>(permits: &[Permit<'a>]) -> Vec<(Parts<'a>, Parts<'a>, Parts<'a>)> {
    let mut by_pair: BTreeMap<(&Part, &Part), Parts<'_>> = BTreeMap::new();
    for permit in permits {
        by_pair.entry((permit.principal, permit.resource)).or_default().insert(permit.action);
    }
    let mut by_principal: BTreeMap<(&Part, Parts<'_>), Parts<'_>> = BTreeMap::new();
    for ((principal, resource), actions) in by_pair {
        by_principal.entry((principal, actions)).or_default().insert(resource);
    }
    let mut groups: BTreeMap<(Parts<'_>, Parts<'_>), Parts<'_>> = BTreeMap::new();
    for ((principal, actions), resources) in by_principal {
        groups.entry((resources, actions)).or_default().insert(principal);
    }
    groups.into_iter().map(|((resources, actions), principals)| (principals, resources, actions)).collect()
}

/// Trust policies name one of three actions, and people call all of them the same.
fn is_assuming(actions: &Parts<'_>) -> bool {
    actions.iter().all(|action| matches!(action, Part::Only(action) if action.starts_with("sts:AssumeRole")))
}

fn listed(parts: &Parts<'_>, everything: &str) -> String {
    let one = |part: &&Part| match part {
        Part::Only(all) if all == "*" => everything.to_owned(),
        Part::Only(one) => format!("`{one}`"),
        Part::AllBut(some) => {
            let some: Vec<_> = some.iter().map(|it| format!("`{it}`")).collect();
            format!("{everything} but {}", some.join(", "))
        }
    };
    parts.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn conditions(conditions: &Conditions) -> String {
    let keys: BTreeSet<_> = conditions.keys().map(|(_, key)| format!("`{key}`")).collect();
    if keys.is_empty() {
        return String::new();
    }
    format!(" if {} is right", keys.into_iter().collect::<Vec<_>>().join(" and "))
}
