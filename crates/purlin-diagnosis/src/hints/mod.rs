//! What AWS's reasons usually mean, and what usually helps. One row per mistake that AWS words badly.

mod engine;
mod identity;
mod network;
mod runtime;
mod storage;

/// A reason that is known.
#[derive(Debug, PartialEq, Eq)]
pub struct Known {
    /// The beginning of the resource type; everything matches the empty one.
    pub kind: &'static str,
    /// All of these are in the reason, in any case; `|` stands between words of which one is enough.
    pub says: &'static [&'static str],
    /// What it usually means.
    pub means: &'static str,
    /// What usually helps.
    pub advice: &'static str,
}

const fn row(kind: &'static str, says: &'static [&'static str], means: &'static str, advice: &'static str) -> Known {
    Known { kind, says, means, advice }
}

/// Special cases first: the first row that fits is taken. Those of a type come before those of all
/// types, and the codes of handlers, which say the least, come last.
static TABLES: &[&[Known]] = &[
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

/// Every row, in the order in which [`of_failure`] tries them.
pub fn all() -> impl Iterator<Item = &'static Known> {
    TABLES.iter().copied().flatten()
}

/// What is known of the reason a resource failed for.
pub fn of_failure(resource_type: &str, reason: &str) -> Option<&'static Known> {
    let reason = reason.to_ascii_lowercase();
    let is_said = |words: &&str| words.split('|').any(|word| reason.contains(word));
    let fits = |row: &&Known| resource_type.starts_with(row.kind) && row.says.iter().all(is_said);
    all().find(fits)
}

/// What is known of why the tasks of a service stopped, out of what was seen of them.
pub fn of_stopped_tasks(resource_type: &str, seen: &str) -> Option<&'static Known> {
    let is_reason = resource_type == "AWS::ECS::Service" && seen.contains("stopped: ");
    of_failure(resource_type, seen).filter(|known| is_reason && known.kind == "AWS::ECS::")
}

/// What usually helps with a template that CloudFormation refuses.
pub fn for_refusal(message: &str) -> Option<&'static str> {
    const REFUSALS: &[(&str, &str)] = &[
        ("requires capabilities", "the template holds a macro or nested template with resources this tool cannot see"),
        ("/cdk-bootstrap/", "the stack expects a prepared account: run `purlin bootstrap` for it once"),
        ("unresolved resource dependencies", "the template refers to something it does not have: check the names"),
        ("circular dependency", "let one of the resources refer to the other by name, or split them into two stacks"),
        ("no export named", "deploy the stack that exports the value first"),
        (
            "cannot be deleted as it is in use by",
            "another stack imports the value: deploy that stack without the import, or delete it, first",
        ),
        ("must have values", "give the parameters with `--parameters KEY=VALUE`"),
        ("do not exist in the template", "check the names given with `--parameters`"),
        ("is invalid or cannot be assumed", "check that the role exists and trusts `cloudformation.amazonaws.com`"),
        ("not authorized to perform", "the identity that deploys lacks this permission"),
        (
            "resourceexistencecheck",
            "something of that name exists outside the stack: delete it, import it, or let AWS choose the name",
        ),
        (
            "propertyvalidation",
            "a property is not what AWS's schema of the type takes: `purlin schema TYPE` says what does",
        ),
        ("bucket_emptiness|bucketempt", "empty the bucket, or retain it, before it leaves the stack"),
    ];
    let message = message.to_ascii_lowercase();
    let is_said = |says: &str| says.split('|').any(|word| message.contains(word));
    REFUSALS.iter().find(|(says, _)| is_said(says)).map(|(_, hint)| *hint)
}
