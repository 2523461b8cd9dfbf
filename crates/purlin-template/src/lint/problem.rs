//! Problems of a resource against the registry's schema: their kinds and their messages.

use std::fmt;

use crate::node::Position;

/// Something about a resource that CloudFormation, or the service behind it, would refuse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaProblem {
    /// The logical id of the resource.
    pub resource: String,
    /// The resource's type.
    pub resource_type: String,
    /// Where in the resource: its keys, `Properties/Cpu`, as they stand in the template.
    pub path: String,
    /// Line and column, when the template was read from text.
    pub at: Position,
    /// What is wrong.
    pub violation: Violation,
    /// The conditions under which it is wrong, if it is not always: `UseHttps` is true.
    pub when: Option<String>,
}

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Violation {
    /// No such resource type.
    UnknownType {
        /// One that resembles it.
        suggestion: Option<String>,
    },
    /// A resource attribute, such as `DeletionPolicy`, that does not exist.
    UnknownAttribute {
        /// The attribute.
        name: String,
        /// What there is.
        allowed: Vec<String>,
        /// The one that was probably meant.
        suggestion: Option<String>,
    },
    /// `Fn::GetAtt` names an attribute that the resource does not return.
    UnknownReturnValue {
        /// What is asked for.
        name: String,
        /// The logical id of the resource.
        of: String,
        /// What it returns.
        allowed: Vec<String>,
        /// What was probably meant.
        suggestion: Option<String>,
        /// Whether it is a property of the type: some types return those, too.
        is_property: bool,
    },
    /// No such property.
    UnknownProperty {
        /// The property.
        name: String,
        /// The properties there are.
        allowed: Vec<String>,
        /// The one that was probably meant.
        suggestion: Option<String>,
    },
    /// A name that a map of names to values does not take.
    Name {
        /// The name.
        name: String,
        /// The regular expressions of which it must match one.
        patterns: Vec<String>,
    },
    /// A property that only AWS sets.
    ReadOnly {
        /// The property.
        name: String,
    },
    /// A property is missing.
    Missing {
        /// The property.
        name: String,
        /// The property that asks for it.
        because_of: Option<String>,
    },
    /// The value is of another type.
    WrongType {
        /// What was given.
        given: String,
        /// The types, in words.
        expected: Vec<&'static str>,
    },
    /// The value is not among those allowed.
    NotAllowed {
        /// What was given.
        given: String,
        /// What is allowed.
        allowed: Vec<String>,
        /// The one that was probably meant.
        suggestion: Option<String>,
        /// AWS adds to the list now and then, as with instance types.
        is_volatile: bool,
    },
    /// The text has not the form it must have.
    Pattern {
        /// What was given.
        given: String,
        /// The regular expression.
        pattern: String,
    },
    /// The text is not what it must be, such as an IPv4 address.
    Format {
        /// What was given.
        given: String,
        /// What it must be, in words.
        expected: &'static str,
    },
    /// The number is too small or too large, or not a multiple.
    Range {
        /// What was given.
        given: String,
        /// The limit it breaks: `at least 1`.
        limit: String,
    },
    /// The text, list or mapping is too short or too long.
    Size {
        /// How many it has.
        given: usize,
        /// What is counted: `characters`, `items`, `properties`.
        of: &'static str,
        /// The limit it breaks: `at least 1`.
        limit: String,
    },
    /// Items of a list that must differ and do not.
    Duplicate {
        /// What is there twice.
        given: String,
    },
    /// Properties that exclude each other.
    Exclusive {
        /// The properties that are there.
        given: Vec<String>,
    },
    /// One of several properties is needed, and none is there.
    NeedsOneOf {
        /// The properties.
        names: Vec<String>,
    },
    /// The value has none of the forms it may have, or more than one at once.
    Form {
        /// What is wrong with the form it comes closest to.
        closest: Option<Box<SchemaProblem>>,
    },
    /// The value may not be there.
    Forbidden,
    /// An action of a policy that IAM did not know on the day of its list.
    UnknownAction {
        /// The action.
        given: String,
        /// The one that was probably meant.
        suggestion: Option<String>,
        /// The day.
        dated: &'static str,
    },
    /// A service principal that resembles one that IAM knows.
    UnknownPrincipal {
        /// The principal.
        given: String,
        /// The one that was probably meant.
        suggestion: String,
    },
    /// Another policy of the same resource, of which one replaces the other.
    TwinPolicy {
        /// The logical id of the other policy.
        other: String,
        /// Whether CloudFormation refuses the second one.
        is_refused: bool,
    },
    /// A policy, or all inline policies of a role, user or group, larger than IAM takes.
    PolicySize {
        /// What has the size: `its inline policies`.
        what: &'static str,
        /// The characters without white space, references not counted or estimated.
        given: usize,
        /// The most that IAM takes.
        limit: usize,
        /// Whether references are estimated, without which it would fit.
        is_estimate: bool,
    },
}

/// Replaces a value that may be a secret.
const HIDDEN: &str = "(not shown)";

impl Violation {
    /// The members of the value that the problem is about, by name.
    pub(super) fn members(&self) -> Vec<&str> {
        match self {
            Self::Missing { name, because_of } => std::iter::once(name).chain(because_of).map(String::as_str).collect(),
            Self::Exclusive { given: names } | Self::NeedsOneOf { names } => names.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        }
    }
}

impl SchemaProblem {
    /// Whether it may be right after all: AWS adds instance types, node types and resource types every week, a parameter
    /// need not have its default value, and the serverless transform takes more than its documentation says.
    pub fn is_doubtful(&self) -> bool {
        let is_serverless = self.resource_type.starts_with("AWS::Serverless::");
        match &self.violation {
            _ if self.path.ends_with("/Ref") => true,
            _ if is_serverless && self.path.matches('/').count() > 1 => true,
            Violation::UnknownAttribute { .. } => is_serverless,
            Violation::NotAllowed { is_volatile, .. } => *is_volatile,
            Violation::Format { expected, .. } => expected.starts_with("an id "),
            Violation::UnknownType { suggestion } => suggestion.is_none(),
            Violation::UnknownReturnValue { is_property, .. } => *is_property,
            Violation::TwinPolicy { is_refused, .. } => !is_refused,
            Violation::PolicySize { is_estimate, .. } => *is_estimate,
            // It is taken, and has no effect.
            Violation::ReadOnly { .. } | Violation::UnknownAction { .. } | Violation::UnknownPrincipal { .. } => true,
            _ => false,
        }
    }

    /// The path below `Properties`, with dots: `Cpu`, `LoadBalancers.0.ContainerPort`. Empty for the resource itself.
    pub fn property(&self) -> String {
        let path = self.path.strip_prefix("Properties").unwrap_or_default();
        path.trim_start_matches('/').replace('/', ".")
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        let kind = &self.resource_type;
        match &self.violation {
            Violation::UnknownType { suggestion: Some(name) }
            | Violation::UnknownProperty { suggestion: Some(name), .. }
            | Violation::UnknownAttribute { suggestion: Some(name), .. }
            | Violation::UnknownReturnValue { suggestion: Some(name), .. }
            | Violation::NotAllowed { suggestion: Some(name), .. }
            | Violation::UnknownAction { suggestion: Some(name), .. }
            | Violation::UnknownPrincipal { suggestion: name, .. } => format!("write `{name}`"),
            Violation::UnknownType { suggestion: None } => {
                "check the name; a type that AWS has added since is deployed all the same".to_owned()
            }
            Violation::UnknownAttribute { .. } => {
                "properties of the resource belong below `Properties`; remove what is not one".to_owned()
            }
            Violation::UnknownProperty { .. } => {
                let owner = self.below("").rsplit_once('.').map_or(String::new(), |(owner, _)| format!(" {owner}"));
                format!("remove it; `purlin schema {kind}{owner}` shows what there is")
            }
            Violation::Name { .. } => "rename it".to_owned(),
            Violation::UnknownReturnValue { .. } => format!("`purlin schema {kind}` shows what it returns"),
            Violation::ReadOnly { name } => {
                format!("remove it, and read it with `Fn::GetAtt` where you need it: `{name}`")
            }
            Violation::Missing { name, .. } => format!("add it: `purlin schema {kind} {}`", self.below(name)),
            Violation::NotAllowed { is_volatile: true, .. } => {
                "check it against the service's page; what AWS has added since is deployed all the same".to_owned()
            }
            Violation::Exclusive { .. } => "keep one of them".to_owned(),
            Violation::NeedsOneOf { .. } => "set one of them".to_owned(),
            Violation::Forbidden => "remove it".to_owned(),
            Violation::UnknownAction { suggestion: None, given, .. } => {
                let service = given.split(':').next().unwrap_or_default();
                format!(
                    "compare it with the actions of `{service}` in AWS's Service Authorization Reference; IAM takes it, and it permits nothing"
                )
            }
            Violation::TwinPolicy { other, .. } => format!("move the statements to `{other}`"),
            Violation::PolicySize { what, .. } if what.starts_with("its") => {
                "move statements to an `AWS::IAM::ManagedPolicy`, or name several resources by one wildcard".to_owned()
            }
            Violation::PolicySize { .. } => {
                "split it into several policies, or name several resources by one wildcard".to_owned()
            }
            Violation::Duplicate { .. } => "remove one of them".to_owned(),
            Violation::Form { closest: Some(closest) } => closest.hint(),
            _ if self.property().is_empty() => format!("`purlin schema {kind}` shows what it takes"),
            _ => format!("`purlin schema {kind} {}` shows what it takes", self.below("")),
        }
    }

    /// The keys below `Properties`; none for anything else.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> + Clone {
        let is_property = self.path.starts_with("Properties/");
        self.path.split('/').skip(1).filter(move |_| is_property)
    }

    /// The same problem without the given value, which may be a secret.
    pub(super) fn without_value(mut self) -> Self {
        match &mut self.violation {
            Violation::NotAllowed { given, suggestion, .. } => {
                HIDDEN.clone_into(given);
                *suggestion = None;
            }
            // `a list` is no value.
            Violation::WrongType { given, .. } if !given.starts_with('`') => {}
            Violation::WrongType { given, .. }
            | Violation::Pattern { given, .. }
            | Violation::Format { given, .. }
            | Violation::Range { given, .. }
            | Violation::Duplicate { given } => HIDDEN.clone_into(given),
            Violation::Form { closest: Some(closest) } => **closest = closest.as_ref().clone().without_value(),
            _ => {}
        }
        self
    }

    /// The path as `purlin schema` takes it: without the numbers of list items and the branches of conditions.
    fn below(&self, name: &str) -> String {
        let property = self.property();
        // The default of a parameter is told as the value of the property that refers to it.
        let property = property.strip_suffix(".Ref").unwrap_or(&property);
        let mut names: Vec<&str> = property.split('.').chain([name]).filter(|name| !name.is_empty()).collect();
        let mut index = 0;
        while index < names.len() {
            match names[index] {
                "Fn::If" => drop(names.drain(index..(index + 2).min(names.len()))),
                name if is_index(name) => drop(names.remove(index)),
                _ => index += 1,
            }
        }
        names.join(".")
    }

    /// The value that the problem is about: a property, or an item of one.
    fn value(&self) -> String {
        let below = self.below("");
        let name = below.rsplit('.').next().filter(|name| !name.is_empty()).unwrap_or(&self.path);
        match self.path.rsplit_once('/') {
            Some((owner, index)) if is_index(index) && !owner.ends_with("Fn::If") => {
                format!("item {index} of `{name}`")
            }
            _ => format!("`{name}`"),
        }
    }

    fn described(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, value) = (&self.resource_type, self.value());
        match &self.violation {
            Violation::UnknownType { suggestion } => {
                write!(f, "there is no resource type `{kind}`{}", meant(suggestion.as_deref()))
            }
            Violation::UnknownAttribute { name, allowed, suggestion } => {
                write!(f, "a resource has no attribute `{name}`{}", meant(suggestion.as_deref()))?;
                if suggestion.is_none() { write!(f, "; it takes {}", list(allowed)) } else { Ok(()) }
            }
            Violation::UnknownProperty { name, allowed, suggestion } => {
                write!(f, "`{}` has no property `{name}`{}", self.owner(), meant(suggestion.as_deref()))?;
                if suggestion.is_none() { write!(f, "; it takes {}", list(allowed)) } else { Ok(()) }
            }
            Violation::Name { name, patterns } => {
                write!(f, "`{}` takes no name `{name}`; its names match {}", self.owner(), all(patterns, "or"))
            }
            Violation::UnknownReturnValue { name, of, allowed, suggestion, .. } => {
                write!(f, "`{of}` has no `{name}` that `Fn::GetAtt` returns{}", meant(suggestion.as_deref()))?;
                if suggestion.is_none() { write!(f, "; `{kind}` returns {}", list(allowed)) } else { Ok(()) }
            }
            Violation::ReadOnly { name } => write!(f, "`{name}` of `{kind}` is set by AWS, not by a template"),
            Violation::Missing { name, because_of: None } => {
                write!(f, "`{}` lacks `{name}`, which is required", self.owner())
            }
            Violation::Missing { name, because_of: Some(cause) } => {
                write!(f, "`{}` lacks `{name}`, which `{cause}` requires", self.owner())
            }
            Violation::WrongType { given, expected } => {
                write!(f, "{value} is {given}; it takes {}", expected.join(" or "))
            }
            Violation::NotAllowed { given, allowed, .. } => {
                write!(f, "{value} is {}; it takes {}", quoted(given), list(allowed))
            }
            Violation::Pattern { given, pattern } => {
                write!(f, "{value} is {}; it takes text that matches `{pattern}`", quoted(given))
            }
            Violation::Format { given, expected } => write!(f, "{value} is {}; it takes {expected}", quoted(given)),
            Violation::Range { given, limit } => write!(f, "{value} is {given}; it takes {limit}"),
            Violation::Size { given, of, limit } => {
                let one = match *of {
                    "properties" => "property",
                    of => of.trim_end_matches('s'),
                };
                write!(f, "{value} has {given} {}; it takes {limit}", if *given == 1 { one } else { of })
            }
            Violation::Duplicate { given } => write!(f, "{value} has `{given}` twice; its items must differ"),
            Violation::Exclusive { given } => {
                let many = if given.len() == 2 { "both" } else { "them all" };
                write!(f, "{} exclude each other, and `{}` has {many}", all(given, "and"), self.owner())
            }
            Violation::NeedsOneOf { names } => {
                write!(f, "`{}` has none of {}; it takes one of them", self.owner(), all(names, "and"))
            }
            Violation::Form { closest: Some(closest) } => {
                write!(f, "{value} has none of the forms it can have; the closest: {closest}")
            }
            Violation::Form { closest: None } => write!(f, "{value} has several forms at once; it takes one"),
            Violation::Forbidden => write!(f, "{value} is set, and may not be set here"),
            Violation::UnknownAction { given, suggestion: Some(name), .. } => {
                write!(f, "`{given}` is not an action that IAM knows, did you mean `{name}`?")
            }
            Violation::UnknownAction { given, suggestion: None, dated } => {
                write!(f, "`{given}` is not an action that IAM knew on {dated}")
            }
            Violation::UnknownPrincipal { given, suggestion } => {
                write!(f, "`{given}` is not a service principal that IAM knows, did you mean `{suggestion}`?")
            }
            Violation::TwinPolicy { other, is_refused: true } => {
                write!(f, "{value} has the policy `{other}` already; CloudFormation creates one policy for it")
            }
            Violation::TwinPolicy { other, is_refused: false } => {
                write!(
                    f,
                    "{value} has the policy `{other}` already; AWS keeps one policy, and the later one replaces the other"
                )
            }
            Violation::PolicySize { what, given, limit, is_estimate } => {
                let about = if *is_estimate { "about " } else { "" };
                write!(f, "{what} have {about}{given} characters without white space; IAM takes at most {limit}")
            }
        }
    }

    /// The object that the problem is about: a property, or the resource by its type.
    fn owner(&self) -> String {
        let of_a_name = matches!(self.violation, Violation::UnknownProperty { .. } | Violation::Name { .. });
        let property = self.below("");
        let owner = if of_a_name { property.rsplit_once('.').map_or("", |(owner, _)| owner) } else { &property };
        if owner.is_empty() { self.resource_type.clone() } else { format!("{}.{owner}", self.resource_type) }
    }
}

impl fmt::Display for SchemaProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.described(f)?;
        match &self.when {
            Some(when) => write!(f, " (when {when})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for SchemaProblem {}

fn is_index(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_digit())
}

fn meant(suggestion: Option<&str>) -> String {
    suggestion.map(|name| format!(", did you mean `{name}`?")).unwrap_or_default()
}

/// Text as it was given.
fn quoted(text: &str) -> String {
    if text.is_empty() { "empty text".to_owned() } else { format!("`{text}`") }
}

/// `A`, `B` and `C`.
fn all(names: &[String], last: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((end, [])) => end.clone(),
        Some((end, rest)) => format!("{} {last} {end}", rest.join(", ")),
        None => String::new(),
    }
}

/// The names, the first of them when they are many.
fn list(names: &[String]) -> String {
    const SHOWN: usize = 12;
    match names.len() {
        0 => "none".to_owned(),
        many if many > SHOWN => {
            let shown: Vec<String> = names[..SHOWN].iter().map(|name| format!("`{name}`")).collect();
            format!("{} and {} more", shown.join(", "), many - SHOWN)
        }
        _ => all(names, "or"),
    }
}
