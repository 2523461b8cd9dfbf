//! The errors of a deployment, by what the caller can do about them.

use std::io;
use std::path::PathBuf;

use purlin_assembly::AssemblyError;
use purlin_diagnosis::{Approval, Diagnosis, Failure, Status};

use crate::preflight::finding::Finding;

/// An error that stops a deployment.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeployError {
    /// There are no credentials.
    #[error("there are no AWS credentials: {detail}")]
    NoCredentials {
        /// The reason, from the SDK.
        detail: String,
    },
    /// AWS does not accept the credentials.
    #[error("the AWS credentials do not work: {detail}")]
    BadCredentials {
        /// The reason, from AWS or the SDK.
        detail: String,
    },
    /// There is no region.
    #[error("there is no AWS region: neither `--region` nor `AWS_REGION` nor the profile names one")]
    NoRegion,
    /// The stack belongs to another account.
    #[error("stack `{stack}` belongs to account `{wanted}`, but the credentials are of account `{account}`")]
    WrongAccount {
        /// The stack.
        stack: String,
        /// The account it names.
        wanted: String,
        /// The account of the credentials.
        account: String,
    },
    /// The stack belongs to another region.
    #[error("stack `{stack}` belongs to region `{wanted}`, but `--region {region}` was given")]
    WrongRegion {
        /// The stack.
        stack: String,
        /// The region it names.
        wanted: String,
        /// The region that was asked for.
        region: String,
    },
    /// The assembly is not right.
    #[error(transparent)]
    Assembly(#[from] AssemblyError),
    /// A template is not JSON.
    #[error("the template `{}` is not JSON: {source}", path.display())]
    Template {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: serde_json::Error,
    },
    /// A parameter that the template does not have.
    #[error("stack `{stack}` has no parameter `{parameter}`; it has {}", listed(known))]
    UnknownParameter {
        /// The stack.
        stack: String,
        /// What was given.
        parameter: String,
        /// What there is.
        known: Vec<String>,
    },
    /// Parameters without a value.
    #[error("stack `{stack}` needs values for its parameters {}", listed(parameters))]
    MissingParameters {
        /// The stack.
        stack: String,
        /// Those without a value.
        parameters: Vec<String>,
    },
    /// Parameters whose default changed, and whose value AWS does not show.
    #[error(
        "the default of {} of stack `{stack}` changed, and AWS does not show whether the stack has the old default or a \
         value that was given (`NoEcho`)",
        listed(parameters)
    )]
    HiddenParameters {
        /// The stack.
        stack: String,
        /// Their names.
        parameters: Vec<String>,
    },
    /// Another operation on the stack is in progress.
    #[error("stack `{stack}` is busy: it is in `{status}`{}", begun(who.as_deref(), since.as_deref()))]
    Busy {
        /// The stack.
        stack: String,
        /// Its status.
        status: Status,
        /// The user who began it, where the events have a known token.
        who: Option<String>,
        /// When it began, in UTC.
        since: Option<String>,
    },
    /// The user stopped watching.
    #[error("stack `{stack}` is no longer watched{}", if *has_begun { "" } else { ", and nothing was begun" })]
    Detached {
        /// The stack.
        stack: String,
        /// Whether an operation on it is in progress.
        has_begun: bool,
    },
    /// The user stopped CloudFormation, which took things back.
    #[error("the deployment of stack `{stack}` was cancelled (`{status}`)")]
    Cancelled {
        /// The stack.
        stack: String,
        /// The status it ended in.
        status: Status,
    },
    /// Another change set replaced ours before it was executed.
    #[error("the change set of stack `{stack}` is gone: another deployment took its place")]
    Replaced {
        /// The stack.
        stack: String,
    },
    /// There is no such stack.
    #[error("there is no stack `{stack}` in account `{account}`, region `{region}`")]
    NoSuchStack {
        /// The name that was given.
        stack: String,
        /// The account.
        account: String,
        /// The region.
        region: String,
    },
    /// No selected resource writes logs.
    #[error("stack `{stack}` has {}", nothing_that_writes(resource.as_deref(), known))]
    NoLogs {
        /// The stack.
        stack: String,
        /// The resource that was named.
        resource: Option<String>,
        /// Those that write.
        known: Vec<String>,
    },
    /// CloudFormation finished, but services do not run what was deployed.
    #[error("stack `{stack}` is deployed, but not everything it describes runs")]
    NotRunning {
        /// The stack.
        stack: String,
        /// The services that do not, and why.
        problems: Vec<String>,
    },
    /// The stack is in a state that a deployment cannot get it out of.
    #[error("stack `{stack}` cannot be deployed as it is in `{status}`{}", reason_after(reason.as_deref()))]
    Stuck {
        /// The stack.
        stack: String,
        /// Its status.
        status: Status,
        /// Why, where AWS gives a reason.
        reason: Option<String>,
        /// What to do.
        advice: String,
    },
    /// The stack must not be deleted.
    #[error("stack `{stack}` has termination protection, so it is not deleted")]
    Protected {
        /// The stack.
        stack: String,
    },
    /// The user did not approve what the deployment does.
    #[error("stack `{stack}` was not deployed, as this was not approved: {approval}")]
    NotAccepted {
        /// The stack.
        stack: String,
        /// What was not approved.
        approval: Box<Approval>,
    },
    /// A look at the account found what would make the deployment fail. Nothing was changed.
    #[error("stack `{stack}` was not deployed, as it would fail: {}", first_of(errors))]
    Preflight {
        /// The stack.
        stack: String,
        /// What was found, one at least.
        errors: Vec<Finding>,
    },
    /// CloudFormation does not accept the template or the settings.
    #[error("CloudFormation refuses stack `{stack}`: {message}")]
    Refused {
        /// The stack.
        stack: String,
        /// The message.
        message: String,
    },
    /// The deployment was started and failed.
    #[error("the deployment of stack `{}` failed (`{}`)", .0.stack, .0.status)]
    Failed(Box<FailedDeployment>),
    /// The deletion was started and failed.
    #[error("stack `{stack}` could not be deleted completely")]
    DeletionFailed {
        /// The stack.
        stack: String,
        /// What is left, and why.
        failures: Vec<Failure>,
    },
    /// AWS stopped answering during the operation.
    #[error("AWS no longer answers about stack `{stack}`: {detail}")]
    LostSight {
        /// The stack.
        stack: String,
        /// The last answer.
        detail: String,
    },
    /// The account has no place for assets.
    #[error("account `{account}` has no {what} in `{region}`")]
    NotBootstrapped {
        /// The account.
        account: String,
        /// The region.
        region: String,
        /// What is missing.
        what: String,
        /// The name of the bucket or repository, which has the qualifier in it.
        name: String,
    },
    /// The account is prepared for older stacks only, or not at all.
    #[error("stack `{stack}` needs bootstrap version {required}, but account `{account}` has {} in `{region}`", version_or_none(*found))]
    NotBootstrappedFor {
        /// The stack.
        stack: String,
        /// The account.
        account: String,
        /// The region.
        region: String,
        /// The qualifier, where it is not the usual one.
        qualifier: Option<String>,
        /// The version it needs.
        required: u32,
        /// The version that is there.
        found: Option<u32>,
    },
    /// The bootstrap stack stays as it is.
    #[error("bootstrap stack `{stack}` is left alone: {why}")]
    Bootstrap {
        /// The stack.
        stack: String,
        /// Why, and what to do.
        why: String,
    },
    /// The bucket of that name is not ours, or we may not write to it.
    #[error("bucket `{bucket}` does not let account `{account}` in: {detail}")]
    BucketRefused {
        /// The bucket.
        bucket: String,
        /// The account that was thought to own it.
        account: String,
        /// The message of S3.
        detail: String,
    },
    /// A template would come from a place that others write to.
    #[error("stack `{stack}` has its template at `{url}`, where it is not deployed from: {why}")]
    TemplateElsewhere {
        /// The stack.
        stack: String,
        /// The place in its manifest.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// CloudFormation has another template than the one that was read.
    #[error("CloudFormation has another template of stack `{stack}` than the one to deploy: {difference}")]
    OtherTemplate {
        /// The stack.
        stack: String,
        /// The first difference, or why it is not known.
        difference: String,
    },
    /// A role belongs to another account than the stack.
    #[error("stack `{stack}` goes to account `{account}`, but is deployed with role `{role}`, of another account")]
    ForeignRole {
        /// The stack.
        stack: String,
        /// The account of the stack.
        account: String,
        /// The role.
        role: String,
    },
    /// An asset could not be prepared.
    #[error("asset `{asset}` could not be prepared: {detail}")]
    Asset {
        /// Its display name.
        asset: String,
        /// Why.
        detail: String,
    },
    /// A file could not be read or made.
    #[error("cannot use `{}`: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The image builder failed.
    #[error("`{command}` failed{}", reason_after(Some(detail)))]
    Docker {
        /// The command, without secrets.
        command: String,
        /// The end of its output.
        detail: String,
    },
    /// AWS refused a call.
    #[error("{operation} failed: {message}")]
    Aws {
        /// The name of the API call.
        operation: &'static str,
        /// The error code, where AWS answered with one.
        code: Option<String>,
        /// The message.
        message: String,
    },
    /// AWS answered with an error of its own.
    #[error("AWS is not well ({operation}): {detail}")]
    Unavailable {
        /// The name of the API call.
        operation: &'static str,
        /// The answer.
        detail: String,
    },
    /// Something else than AWS answered, such as the page of a captive portal.
    #[error("the answer cannot be understood ({operation}): {detail}")]
    NotAws {
        /// The name of the API call.
        operation: &'static str,
        /// What is wrong with it.
        detail: String,
    },
    /// A role's profile has an MFA device, and no code was given.
    #[error("profile `{profile}` needs a code of the MFA device `{device}`, and none was typed")]
    NoMfaCode {
        /// The profile.
        profile: String,
        /// Its `mfa_serial`.
        device: String,
    },
    /// A setting of the environment or the profile cannot be used.
    #[error("{setting} cannot be used: {why}")]
    Setting {
        /// Its name, quoted.
        setting: String,
        /// Why, without the value.
        why: String,
        /// What to do.
        advice: String,
    },
    /// AWS cannot be reached.
    #[error("cannot reach AWS ({operation}): {detail}")]
    Unreachable {
        /// The name of the API call.
        operation: &'static str,
        /// Why.
        detail: String,
    },
}

/// A deployment that CloudFormation began and could not finish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedDeployment {
    /// The stack.
    pub stack: String,
    /// The status it ended in.
    pub status: Status,
    /// Why.
    pub diagnosis: Diagnosis,
    /// What is left of it.
    pub aftermath: Aftermath,
}

/// What a failed deployment leaves behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Aftermath {
    /// The stack as before.
    AsBefore,
    /// Nothing: the new stack was rolled back and deleted, except retained resources.
    Nothing {
        /// Resources with a policy that retains them.
        retained: Vec<crate::outcome::Retained>,
    },
    /// The failed stack: it was to be kept, or it could not be deleted.
    FailedStack,
}

impl DeployError {
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}

/// The first of several, and how many more there are.
fn first_of(findings: &[Finding]) -> String {
    let first = findings.first().map_or("", |first| &first.reason);
    match findings.len() {
        0 | 1 => first.to_owned(),
        many => format!("{first} (and {} more)", many - 1),
    }
}

fn listed(names: &[String]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

fn begun(who: Option<&str>, since: Option<&str>) -> String {
    match (who, since) {
        (None, None) => String::new(),
        (Some(who), None) => format!(", begun by {who}"),
        (None, Some(since)) => format!(", since {since}"),
        (Some(who), Some(since)) => format!(", begun by {who} at {since}"),
    }
}

fn nothing_that_writes(resource: Option<&str>, known: &[String]) -> String {
    let what = resource.map_or_else(|| "nothing".to_owned(), |resource| format!("no `{resource}`"));
    match known {
        [] => format!("{what} that writes logs: neither a service of ECS nor a function of Lambda"),
        known => format!("{what} that writes logs; those that do are {}", listed(known)),
    }
}

fn version_or_none(found: Option<u32>) -> String {
    found.map_or_else(|| "no bootstrap stack".to_owned(), |version| format!("version {version}"))
}

fn reason_after(reason: Option<&str>) -> String {
    reason.filter(|reason| !reason.is_empty()).map(|reason| format!(": {reason}")).unwrap_or_default()
}
