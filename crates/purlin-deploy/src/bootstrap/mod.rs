//! `purlin bootstrap`: the stack with bucket, repository and roles that apps with assets need, as the
//! CDK has it. Either tool takes over the other's.

pub(crate) mod emulated;
mod roles;
mod template;
pub(crate) mod version;

use std::collections::{BTreeMap, BTreeSet};

use purlin_assembly::{Artifact, Assembly, CloudAssembly, Environment, StackProperties};
use purlin_diagnosis::StackState;
use tempfile::TempDir;

pub use self::template::{VERSION, template};
use crate::error::DeployError;
use crate::options::DeployOptions;
use crate::session::Session;
use crate::target::Target;

/// The qualifier of apps that name none.
pub(crate) const QUALIFIER: &str = "hnb659fds";

/// The name of the stack, unless said otherwise.
pub const STACK: &str = "CDKToolkit";

const FILE: &str = "bootstrap.template.json";

/// How an account and region are prepared. What is left out stays as it is, or becomes the default
/// where the stack is new.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BootstrapOptions {
    /// The stack's name; `CDKToolkit` by default.
    pub stack: Option<String>,
    /// The part of all names that apps know the stack by.
    pub qualifier: Option<String>,
    /// Accounts that may deploy.
    pub trust: Option<Vec<String>>,
    /// Accounts that may look things up.
    pub trust_for_lookup: Option<Vec<String>>,
    /// Accounts that may no longer do either.
    pub untrust: Vec<String>,
    /// The ARNs of the policies that say what deployments may do.
    pub execution_policies: Option<Vec<String>>,
    /// The key of the bucket.
    pub key: Option<BucketKey>,
    /// The name of the bucket.
    pub bucket_name: Option<String>,
    /// Whether the bucket refuses to be made public.
    pub blocks_public_access: Option<bool>,
    /// The name of the policy that bounds what deployments may do; an empty one takes it away.
    pub permissions_boundary: Option<String>,
    /// Whether a stack of other origin, or of a newer version, is replaced.
    pub force: bool,
    /// How the stack is deployed.
    pub deploy: DeployOptions,
}

/// The key of the bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BucketKey {
    /// One that S3 manages with KMS, free of charge.
    AwsManaged,
    /// One of the stack's own.
    New,
    /// One that exists, by its id.
    Existing(String),
}

/// A planned bootstrap stack, and its notes for the user.
#[derive(Debug)]
pub struct BootstrapPlan {
    /// The stack's name.
    pub stack: String,
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// The version that is there.
    pub before: Option<u32>,
    /// Accounts that may deploy.
    pub trusted: Vec<String>,
    /// Accounts that may look things up.
    pub trusted_for_lookup: Vec<String>,
    /// The policies of deployments; everything is allowed by default.
    pub execution_policies: Vec<String>,
    options: DeployOptions,
    assembly: Assembly,
    /// What the assembly lies in.
    _folder: TempDir,
}

impl BootstrapPlan {
    /// Whether deployments may do everything, because no policies were given.
    pub fn is_administrator_by_default(&self) -> bool {
        self.execution_policies.is_empty()
    }

    /// The stack, to be deployed like any other.
    pub fn assembly(&self) -> &Assembly {
        &self.assembly
    }

    /// How it is to be deployed.
    pub fn options(&self) -> &DeployOptions {
        &self.options
    }
}

impl Session {
    /// Looks at what is there and at what was asked, and makes the stack that is to be deployed. An
    /// emulator makes room for it.
    pub async fn plan_bootstrap(
        &self,
        region: Option<&str>,
        options: &BootstrapOptions,
    ) -> Result<BootstrapPlan, DeployError> {
        let session = self.in_region(region);
        if session.is_local() {
            emulated::stop_pretending(&session).await?;
        }
        let stack = options.stack.clone().unwrap_or_else(|| STACK.to_owned());
        let found = session.cloudformation().stack(&stack).await?;
        // A stack that only holds a change set has no version.
        let found = found.filter(|state| !state.outputs.is_empty() || !state.parameters.is_empty());
        let unfit = |why: String| DeployError::Bootstrap { stack: stack.clone(), why };
        let nothing = StackState::default();
        let before = found.as_ref().unwrap_or(&nothing);
        let version = found.is_some().then(|| version::of(before).unwrap_or_default());
        if !options.force {
            check_takeover(before, version, options).map_err(unfit)?;
        }
        let lists = Lists::of(before, options).map_err(unfit)?;
        let deploy = DeployOptions {
            parameters: parameters(before, options, &lists),
            // The bucket outlives the stack, and is taken back into it.
            import_existing_resources: true,
            ..options.deploy.clone()
        };
        let (assembly, folder) = assembly(&stack, session.target())?;
        Ok(BootstrapPlan {
            options: deploy,
            assembly,
            _folder: folder,
            stack,
            account: session.target().account.clone(),
            region: session.target().region.clone(),
            before: version,
            trusted: lists.trusted,
            trusted_for_lookup: lists.for_lookup,
            execution_policies: lists.policies,
        })
    }
}

fn assembly(stack: &str, target: &Target) -> Result<(Assembly, TempDir), DeployError> {
    let folder = tempfile::tempdir().map_err(DeployError::file(std::env::temp_dir()))?;
    let mut out = CloudAssembly::new();
    out.json(FILE, &template());
    let environment = Environment::of(&target.account, &target.region);
    out.artifact(stack, Artifact::of_stack(&environment, &StackProperties::new(FILE)));
    out.write(folder.path())?;
    Ok((Assembly::read(folder.path())?, folder))
}

/// Whether our template may take the place of what is there.
fn check_takeover(before: &StackState, version: Option<u32>, options: &BootstrapOptions) -> Result<(), String> {
    if let Some(version) = version.filter(|version| *version > VERSION) {
        return Err(format!(
            "it has version {version}, and this is version {VERSION}: going back could take away what apps rely on; \
             leave it as it is, or replace it with `--force`"
        ));
    }
    let variant = before.parameters.get("BootstrapVariant");
    if let Some(variant) = variant.filter(|variant| *variant != template::VARIANT) {
        return Err(format!(
            "it is of another template (`{variant}`): deploy that one again, or replace it with `--force`"
        ));
    }
    let theirs = before.parameters.get("Qualifier");
    match (theirs, &options.qualifier) {
        (Some(theirs), Some(ours)) if theirs != ours => Err(format!(
            "it has qualifier `{theirs}`, and apps that use it would lose their bucket and roles: give the stack of \
             qualifier `{ours}` a name of its own with `--toolkit-stack-name`"
        )),
        _ => Ok(()),
    }
}

/// What is a list in the parameters.
struct Lists {
    trusted: Vec<String>,
    for_lookup: Vec<String>,
    policies: Vec<String>,
}

impl Lists {
    fn of(before: &StackState, options: &BootstrapOptions) -> Result<Self, String> {
        let list = |given: &Option<Vec<String>>, parameter: &str| {
            let kept = || split(before.parameters.get(parameter).map_or("", String::as_str));
            given.clone().unwrap_or_else(kept)
        };
        let untrusted: BTreeSet<&String> = options.untrust.iter().collect();
        let given = options.trust.iter().chain(&options.trust_for_lookup).flatten();
        if let Some(account) = given.into_iter().find(|account| untrusted.contains(account)) {
            return Err(format!("account `{account}` is to be trusted and not to be trusted: name it once"));
        }
        let trusted = |given, parameter| {
            let all: Vec<String> = list(given, parameter);
            all.into_iter().filter(|account| !untrusted.contains(account)).collect::<Vec<_>>()
        };
        let lists = Self {
            trusted: trusted(&options.trust, "TrustedAccounts"),
            for_lookup: trusted(&options.trust_for_lookup, "TrustedAccountsForLookup"),
            policies: list(&options.execution_policies, "CloudFormationExecutionPolicies"),
        };
        if !lists.trusted.is_empty() && lists.policies.is_empty() {
            return Err(format!(
                "other accounts ({}) may deploy, but no policies limit their deployments: name policies with \
                 `--cloudformation-execution-policies`, such as `arn:aws:iam::aws:policy/PowerUserAccess`",
                lists.trusted.join(", ")
            ));
        }
        Ok(lists)
    }
}

/// The parameters that are sent; those left out keep their values.
fn parameters(before: &StackState, options: &BootstrapOptions, lists: &Lists) -> BTreeMap<String, String> {
    let key = options.key.clone().or_else(|| {
        let is_told = before.parameters.contains_key("FileAssetsBucketKmsKeyId");
        (!is_told).then_some(BucketKey::AwsManaged)
    });
    let key = key.map(|key| match key {
        BucketKey::AwsManaged => "AWS_MANAGED_KEY".to_owned(),
        BucketKey::New => String::new(),
        BucketKey::Existing(id) => id,
    });
    let given = [
        ("TrustedAccounts", Some(lists.trusted.join(","))),
        ("TrustedAccountsForLookup", Some(lists.for_lookup.join(","))),
        ("CloudFormationExecutionPolicies", Some(lists.policies.join(","))),
        ("FileAssetsBucketKmsKeyId", key),
        ("FileAssetsBucketName", options.bucket_name.clone()),
        ("Qualifier", options.qualifier.clone()),
        ("PublicAccessBlockConfiguration", options.blocks_public_access.map(|it| it.to_string())),
        ("InputPermissionsBoundary", options.permissions_boundary.clone()),
        ("BootstrapVariant", options.force.then(|| template::VARIANT.to_owned())),
    ];
    given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

fn split(list: &str) -> Vec<String> {
    list.split(',').map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(parameters: &[(&str, &str)]) -> StackState {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        StackState { parameters: parameters.iter().map(owned).collect(), ..StackState::default() }
    }

    #[test]
    fn what_must_not_be_taken_over_is_left_alone() {
        let ours = BootstrapOptions { qualifier: Some("team".to_owned()), ..BootstrapOptions::default() };
        let cases = [
            (("Qualifier", "team"), None, ""),
            (("Qualifier", "team"), Some(6), ""),
            (("BootstrapVariant", template::VARIANT), Some(VERSION), ""),
            (("Qualifier", "team"), Some(VERSION + 1), "it has version 34, and this is version 33"),
            (("BootstrapVariant", "Acme: hardened"), Some(20), "another template (`Acme: hardened`)"),
            (("Qualifier", "hnb659fds"), Some(20), "it has qualifier `hnb659fds`"),
        ];
        for (parameter, version, expected) in cases {
            let refused = check_takeover(&state(&[parameter]), version, &ours).err().unwrap_or_default();
            assert!(
                refused.contains(expected) && refused.is_empty() == expected.is_empty(),
                "{parameter:?}: {refused}"
            );
        }
    }

    #[test]
    fn what_is_not_said_stays_as_it_is() {
        let policy = "arn:aws:iam::aws:policy/PowerUserAccess";
        let before = state(&[
            ("TrustedAccounts", "111122223333, 444455556666"),
            ("CloudFormationExecutionPolicies", policy),
            ("FileAssetsBucketKmsKeyId", ""),
        ]);
        let options = BootstrapOptions { untrust: vec!["111122223333".to_owned()], ..BootstrapOptions::default() };
        let lists = Lists::of(&before, &options).unwrap();
        assert_eq!(lists.trusted, ["444455556666"]);
        let parameters = parameters(&before, &options, &lists);
        assert_eq!(parameters["CloudFormationExecutionPolicies"], policy);
        assert!(!parameters.contains_key("FileAssetsBucketKmsKeyId"), "the key of its own is kept");
        assert!(!parameters.contains_key("Qualifier"));
    }

    #[test]
    fn a_new_stack_gets_a_key_that_costs_nothing() {
        let options = BootstrapOptions::default();
        let lists = Lists::of(&StackState::default(), &options).unwrap();
        let parameters = parameters(&StackState::default(), &options, &lists);
        assert_eq!(parameters["FileAssetsBucketKmsKeyId"], "AWS_MANAGED_KEY");
    }

    #[test]
    fn trust_that_contradicts_itself_is_refused() {
        let before = StackState::default();
        let trust = Some(vec!["111122223333".to_owned()]);
        let unlimited = BootstrapOptions { trust: trust.clone(), ..BootstrapOptions::default() };
        let why = Lists::of(&before, &unlimited).err().unwrap();
        assert!(why.contains("no policies limit their deployments"), "{why}");
        let both = BootstrapOptions {
            trust_for_lookup: trust,
            untrust: vec!["111122223333".to_owned()],
            ..BootstrapOptions::default()
        };
        assert!(Lists::of(&before, &both).err().unwrap().contains("name it once"));
    }

    #[test]
    fn the_template_fits_in_a_call() {
        let text = template().to_string();
        assert!(text.len() < 51_200, "it is {} bytes long", text.len());
    }
}
