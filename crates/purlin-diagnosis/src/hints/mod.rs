//! Hints: the usual meaning of AWS's reasons, and a remedy. One row for each reason that does not explain itself.

mod engine;
mod identity;
mod network;
mod runtime;
mod storage;

/// A hint for a reason.
#[derive(Debug, PartialEq, Eq)]
pub struct Hint {
    /// The beginning of the resource type; empty for all types.
    pub kind: &'static str,
    /// The reason contains all of these, in any case; each is a list of alternatives, separated by `|`.
    pub patterns: &'static [&'static str],
    /// The usual meaning of the reason.
    pub means: &'static str,
    /// The usual remedy.
    pub advice: &'static str,
}

const fn row(kind: &'static str, patterns: &'static [&'static str], means: &'static str, advice: &'static str) -> Hint {
    Hint { kind, patterns, means, advice }
}

/// In order of priority: the first row that fits is used. Rows for one type come before rows for all types; error
/// codes of handlers, which are the least specific, come last.
static TABLES: &[&[Hint]] = &[
    identity::COGNITO,
    runtime::CONTAINERS,
    network::BALANCERS,
    network::CERTIFICATES,
    network::ZONES,
    network::NETWORKS,
    runtime::FUNCTIONS,
    runtime::APIS,
    storage::STORAGE,
    engine::CUSTOM,
    identity::IAM,
    engine::ENGINE,
    engine::CODES,
];

/// All hints, in the order in which [`of_failure`] tries them.
pub fn all() -> impl Iterator<Item = &'static Hint> {
    TABLES.iter().copied().flatten()
}

/// The hint for the reason of a resource's failure.
pub fn of_failure(resource_type: &str, reason: &str) -> Option<&'static Hint> {
    let reason = reason.to_ascii_lowercase();
    let matches = |pattern: &&str| pattern.split('|').any(|words| reason.contains(words));
    let fits = |row: &&Hint| resource_type.starts_with(row.kind) && row.patterns.iter().all(matches);
    all().find(fits)
}

/// The hint for a fact about the stopped tasks of a service.
pub fn of_stopped_tasks(resource_type: &str, fact: &str) -> Option<&'static Hint> {
    let is_reason = resource_type == "AWS::ECS::Service" && fact.contains("stopped: ");
    of_failure(resource_type, fact).filter(|hint| is_reason && hint.kind == "AWS::ECS::")
}

/// The remedy for a template that CloudFormation refuses.
pub fn for_refusal(message: &str) -> Option<&'static str> {
    const REFUSALS: &[(&str, &str)] = &[
        ("requires capabilities", "the template has a macro or nested template, whose resources this tool cannot read"),
        ("/cdk-bootstrap/", "the account is not bootstrapped: run `purlin bootstrap` once"),
        ("unresolved resource dependencies", "the template refers to an id that it does not have: correct the name"),
        ("circular dependency", "refer to one of the resources by name, or split them into two stacks"),
        ("no export named", "deploy the stack that exports the value first"),
        (
            "cannot be deleted as it is in use by",
            "another stack imports the value: first deploy that stack without the import, or delete it",
        ),
        ("must have values", "set the parameters with `--parameters KEY=VALUE`"),
        ("do not exist in the template", "correct the names in `--parameters`"),
        ("is invalid or cannot be assumed", "check that the role exists and trusts `cloudformation.amazonaws.com`"),
        ("not authorized to perform", "request the permission: the identity that deploys lacks it"),
        (
            "resourceexistencecheck",
            "a resource with this name exists outside the stack: delete it, import it, or let AWS choose the name",
        ),
        ("propertyvalidation", "a property does not match AWS's schema of the type: see `purlin schema TYPE`"),
        ("bucket_emptiness|bucketempt", "empty the bucket, or retain it, before you remove it from the stack"),
    ];
    let message = message.to_ascii_lowercase();
    let matches = |pattern: &str| pattern.split('|').any(|words| message.contains(words));
    REFUSALS.iter().find(|(pattern, _)| matches(pattern)).map(|(_, remedy)| *remedy)
}
