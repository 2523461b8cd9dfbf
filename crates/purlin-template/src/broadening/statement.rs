//! A statement of a policy, and whether one permits what another does.

use std::collections::{BTreeMap, BTreeSet};

/// Whether a statement permits or forbids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Allow,
    Deny,
}

/// What a statement says on one of its sides.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// This, with `*` and `?` standing for anything.
    Only(String),
    /// Everything but these.
    AllBut(BTreeSet<String>),
}

/// What a policy is attached to, which decides the form of its lines.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum AttachedTo {
    /// To the identity that is allowed.
    Principal,
    /// To the resource that is accessed.
    Resource(String),
    /// On a way to it, such as a VPC endpoint.
    Path(String),
    /// On a role, and says who may take it on.
    Role(String),
    /// On sessions of a role, which may do no more than it says.
    Session(String),
}

/// Operator and key, and the values.
pub(super) type Conditions = BTreeMap<(String, String), BTreeSet<String>>;

/// A statement with every side a list.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    pub(super) effect: Effect,
    pub(super) actions: Vec<Part>,
    pub(super) resources: Vec<Part>,
    pub(super) principals: Vec<Part>,
    pub(super) conditions: Conditions,
    pub(super) attached_to: AttachedTo,
}

impl Statement {
    /// One action on one resource by one principal at a time.
    pub(super) fn permits(&self) -> Vec<Permit<'_>> {
        let mut all = Vec::new();
        for principal in &self.principals {
            for resource in &self.resources {
                let permit = |action| Permit { action, resource, principal, statement: self };
                all.extend(self.actions.iter().map(permit));
            }
        }
        all
    }
}

/// One action on one resource by one principal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Permit<'a> {
    pub(super) action: &'a Part,
    pub(super) resource: &'a Part,
    pub(super) principal: &'a Part,
    pub(super) statement: &'a Statement,
}

impl Permit<'_> {
    /// Whether this one makes the other superfluous.
    pub(super) fn covers(&self, other: &Self) -> bool {
        self.is_of_the_same_kind(other)
            && self.action.covers(other.action, action_matches)
            && self.resource.covers(other.resource, matches)
            && self.principal.covers(other.principal, |pattern, text| pattern == "*" || pattern == text)
            && is_wider(&self.statement.conditions, &other.statement.conditions)
    }

    /// What the statement is about: without it, it says nothing.
    pub(super) fn bound_to(&self) -> &str {
        match (&self.statement.attached_to, self.principal) {
            (AttachedTo::Resource(it) | AttachedTo::Path(it) | AttachedTo::Role(it) | AttachedTo::Session(it), _) => it,
            (AttachedTo::Principal, Part::Only(principal)) => principal,
            (AttachedTo::Principal, Part::AllBut(_)) => "",
        }
    }

    /// Resource policies are compared by the resources they name, wherever they hang.
    fn is_of_the_same_kind(&self, other: &Self) -> bool {
        match (&self.statement.attached_to, &other.statement.attached_to) {
            (AttachedTo::Resource(_), AttachedTo::Resource(_)) => true,
            (this, that) => this == that,
        }
    }
}

impl Part {
    fn covers(&self, other: &Self, matches: fn(&str, &str) -> bool) -> bool {
        match (self, other) {
            (Self::Only(this), Self::Only(that)) => matches(this, that),
            (Self::Only(this), Self::AllBut(_)) => this == "*",
            (Self::AllBut(ours), Self::Only(that)) => {
                !ours.iter().any(|this| matches(this, that) || matches(that, this))
            }
            (Self::AllBut(ours), Self::AllBut(theirs)) => {
                ours.iter().all(|this| theirs.iter().any(|that| matches(that, this)))
            }
        }
    }
}

/// Whether every condition of `wide` is one of `narrow` too, with no value more.
fn is_wider(wide: &Conditions, narrow: &Conditions) -> bool {
    wide.iter().all(|(at, values)| {
        let narrow = narrow.get(at);
        narrow.is_some_and(
            |narrow| if at.0.contains("Not") { values.is_subset(narrow) } else { narrow.is_subset(values) },
        )
    })
}

fn action_matches(pattern: &str, action: &str) -> bool {
    matches(&pattern.to_ascii_lowercase(), &action.to_ascii_lowercase())
}

/// Whether everything that `text` stands for, `pattern` stands for too.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut seen) = (0, 0);
    let mut star = None;
    while seen < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, seen));
                at += 1;
            }
            Some('?') if text[seen] != '*' => (at, seen) = (at + 1, seen + 1),
            Some(same) if *same == text[seen] => (at, seen) = (at + 1, seen + 1),
            _ => {
                let Some((before, taken)) = star else { return false };
                star = Some((before, taken + 1));
                (at, seen) = (before + 1, taken + 1);
            }
        }
    }
    pattern[at..].iter().all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_stand_for_what_they_match() {
        let cases = [
            ("*", "s3:*", true),
            ("s3:*", "s3:Get*", true),
            ("s3:Get*", "s3:*", false),
            ("s3:Get*Tagging", "s3:GetObjectTagging", true),
            ("s3:Get?bject", "s3:GetObject", true),
            ("s3:Get?bject", "s3:Get*bject", false),
            ("${B.Arn}/*", "${B.Arn}/logs/*", true),
            ("${B.Arn}/*", "${B.Arn}", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-b-b-c-d", false),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(matches(pattern, text), expected, "{pattern} for {text}");
        }
        assert!(action_matches("S3:get*", "s3:GetObject"));
    }

    #[test]
    fn more_conditions_and_fewer_values_permit_less() {
        let conditions = |all: &[(&str, &str, &[&str])]| -> Conditions {
            let entry = |(operator, key, values): &(&str, &str, &[&str])| {
                (((*operator).to_owned(), (*key).to_owned()), values.iter().map(ToString::to_string).collect())
            };
            all.iter().map(entry).collect()
        };
        let none = conditions(&[]);
        let one = conditions(&[("StringEquals", "k", &["a"])]);
        let two = conditions(&[("StringEquals", "k", &["a", "b"])]);
        let not_one = conditions(&[("StringNotEquals", "k", &["a"])]);
        let not_two = conditions(&[("StringNotEquals", "k", &["a", "b"])]);
        let cases = [
            (&none, &one, true),
            (&one, &none, false),
            (&two, &one, true),
            (&one, &two, false),
            (&not_one, &not_two, true),
            (&not_two, &not_one, false),
        ];
        for (wide, narrow, expected) in cases {
            assert_eq!(is_wider(wide, narrow), expected, "{wide:?} {narrow:?}");
        }
    }
}
