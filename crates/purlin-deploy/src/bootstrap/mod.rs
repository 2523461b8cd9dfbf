//! `purlin bootstrap`: deploys the bootstrap stack with bucket, repository and roles for apps with assets. It is compatible
//! with the CDK's: either tool can update the other's stack.

pub(crate) mod emulated;
mod roles;
mod template;
pub(crate) mod version;

use std::collections::{BTreeMap, BTreeSet};

use purlin_assembly::{Artifact, Assembly, CloudAssembly, Environment, StackProperties};
use purlin_diagnosis::StackState;
use serde_json::Value;
use tempfile::TempDir;

pub use self::template::{VERSION, template};
use crate::error::DeployError;
use crate::options::DeployOptions;
use crate::session::Session;
use crate::target::Target;

/// The default qualifier.
pub(crate) const QUALIFIER: &str = "hnb659fds";

/// The default name of the stack.
pub const STACK: &str = "CDKToolkit";

const FILE: &str = "bootstrap.template.json";

/// The options of a bootstrap. Options that are not set keep their value; in a new stack they have the default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BootstrapOptions {
    /// The stack's name; `CDKToolkit` by default.
    pub stack: Option<String>,
    /// The qualifier: a part of all names, by which apps find the stack's resources.
    pub qualifier: Option<String>,
    /// Accounts that may deploy.
    pub trust: Option<Vec<String>>,
    /// Accounts that may look up values.
    pub trust_for_lookup: Option<Vec<String>>,
    /// Accounts to remove from both lists.
    pub untrust: Vec<String>,
    /// ARNs of the policies for deployments; administrator access if empty.
    pub execution_policies: Option<Vec<String>>,
    /// The bucket's key.
    pub key: Option<BucketKey>,
    /// The name of the bucket.
    pub bucket_name: Option<String>,
    /// Whether the bucket blocks public access.
    pub blocks_public_access: Option<bool>,
    /// The name of the permissions boundary of deployments; an empty name removes it.
    pub permissions_boundary: Option<String>,
    /// Whether the deployment role has the permissions for operations.
    pub with_operations: Option<bool>,
    /// Whether to replace a stack of another template or a newer version.
    pub force: bool,
    /// The options of the deployment.
    pub deploy: DeployOptions,
}

/// The bucket's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BucketKey {
    /// The AWS managed key of S3 in KMS, free of charge.
    AwsManaged,
    /// A new key in the stack.
    New,
    /// An existing key, by its id.
    Existing(String),
}

/// A planned bootstrap stack, with its access for the user's confirmation.
#[derive(Debug)]
pub struct BootstrapPlan {
    /// The stack's name.
    pub stack: String,
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// The version of the existing stack.
    pub before: Option<u32>,
    /// Accounts that may deploy.
    pub trusted: Vec<String>,
    /// Accounts that may look up values.
    pub trusted_for_lookup: Vec<String>,
    /// The policies of deployments; administrator access if empty.
    pub execution_policies: Vec<String>,
    /// Whether the deployment role has the permissions for operations.
    pub with_operations: bool,
    /// Whether it has them now, and loses them.
    pub loses_operations: bool,
    options: DeployOptions,
    assembly: Assembly,
    /// The folder of the assembly.
    _folder: TempDir,
}

impl BootstrapPlan {
    /// Whether deployments have administrator access, because no policies are set.
    pub fn is_administrator_by_default(&self) -> bool {
        self.execution_policies.is_empty()
    }

    /// The assembly with the stack, for a deployment.
    pub fn assembly(&self) -> &Assembly {
        &self.assembly
    }

    /// The options of the deployment.
    pub fn options(&self) -> &DeployOptions {
        &self.options
    }
}

impl Session {
    /// Plans the bootstrap stack from the existing one and the options. In an emulator it deletes the emulated one.
    pub async fn plan_bootstrap(
        &self,
        region: Option<&str>,
        options: &BootstrapOptions,
    ) -> Result<BootstrapPlan, DeployError> {
        let session = self.in_region(region);
        if session.is_local() {
            emulated::delete(&session).await?;
        }
        let stack = options.stack.clone().unwrap_or_else(|| STACK.to_owned());
        let found = session.cloudformation().stack(&stack).await?;
        // A stack without outputs and parameters has only a change set that was never executed.
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
            // The bucket is retained when the stack is deleted, and imported again.
            import_existing_resources: true,
            ..options.deploy.clone()
        };
        let deployed = match &found {
            Some(state) => session.cloudformation().deployed_template(&state.id).await,
            None => None,
        };
        let has = |sid: &str| has_statement(deployed.as_ref(), sid);
        let with_operations = options.with_operations.unwrap_or_else(|| has(roles::OPERATIONS_SID));
        let loses_operations = !with_operations && (has(roles::OPERATIONS_SID) || has(roles::FORMER_SID));
        let (assembly, folder) = assembly(&stack, session.target(), with_operations)?;
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
            with_operations,
            loses_operations,
        })
    }
}

/// Whether the deployment role of a stack has a statement.
fn has_statement(deployed: Option<&Value>, sid: &str) -> bool {
    let policies = deployed.and_then(|it| it["Resources"]["DeploymentActionRole"]["Properties"]["Policies"].as_array());
    let statements = policies.into_iter().flatten().filter_map(|it| it["PolicyDocument"]["Statement"].as_array());
    statements.flatten().any(|statement| statement["Sid"] == sid)
}

fn assembly(stack: &str, target: &Target, with_operations: bool) -> Result<(Assembly, TempDir), DeployError> {
    let folder = tempfile::tempdir().map_err(DeployError::file(std::env::temp_dir()))?;
    let mut out = CloudAssembly::new();
    out.json(FILE, &template(with_operations));
    let environment = Environment::of(&target.account, &target.region);
    out.artifact(stack, Artifact::of_stack(&environment, &StackProperties::new(FILE)));
    out.write(folder.path())?;
    Ok((Assembly::read(folder.path())?, folder))
}

/// Checks that Purlin's template may replace the existing stack's.
fn check_takeover(before: &StackState, version: Option<u32>, options: &BootstrapOptions) -> Result<(), String> {
    if let Some(version) = version.filter(|version| *version > VERSION) {
        return Err(format!(
            "it has version {version}, which is newer than version {VERSION} of this tool, and apps may need it; update \
             the tool, or replace the stack with `--force`"
        ));
    }
    let variant = before.parameters.get("BootstrapVariant");
    if let Some(variant) = variant.filter(|variant| *variant != template::VARIANT) {
        return Err(format!(
            "it is of another template (`{variant}`): deploy that template again, or replace the stack with `--force`"
        ));
    }
    let existing = before.parameters.get("Qualifier");
    match (existing, &options.qualifier) {
        (Some(existing), Some(given)) if existing != given => Err(format!(
            "it has qualifier `{existing}`, and apps that use it would lose their bucket and roles: set another stack \
             name for qualifier `{given}` with `--toolkit-stack-name`"
        )),
        _ => Ok(()),
    }
}

/// The parameters that are lists.
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
            return Err(format!(
                "account `{account}` is in `--untrust` and in a list of trusted accounts: remove it from one"
            ));
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
                "other accounts ({}) may deploy, but there are no policies for their deployments: set them with \
                 `--cloudformation-execution-policies`, such as `arn:aws:iam::aws:policy/PowerUserAccess`",
                lists.trusted.join(", ")
            ));
        }
        Ok(lists)
    }
}

/// The parameters to send; missing ones keep their values.
fn parameters(before: &StackState, options: &BootstrapOptions, lists: &Lists) -> BTreeMap<String, String> {
    let key = options.key.clone().or_else(|| {
        let is_set = before.parameters.contains_key("FileAssetsBucketKmsKeyId");
        (!is_set).then_some(BucketKey::AwsManaged)
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
    fn a_newer_or_foreign_stack_is_not_replaced() {
        let ours = BootstrapOptions { qualifier: Some("team".to_owned()), ..BootstrapOptions::default() };
        let cases = [
            (("Qualifier", "team"), None, ""),
            (("Qualifier", "team"), Some(6), ""),
            (("BootstrapVariant", template::VARIANT), Some(VERSION), ""),
            (("Qualifier", "team"), Some(VERSION + 1), "it has version 34, which is newer than version 33"),
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
    fn options_that_are_not_set_keep_their_value() {
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
        assert!(!parameters.contains_key("FileAssetsBucketKmsKeyId"), "the stack's own key is kept");
        assert!(!parameters.contains_key("Qualifier"));
    }

    #[test]
    fn a_new_stack_has_a_key_without_charge() {
        let options = BootstrapOptions::default();
        let lists = Lists::of(&StackState::default(), &options).unwrap();
        let parameters = parameters(&StackState::default(), &options, &lists);
        assert_eq!(parameters["FileAssetsBucketKmsKeyId"], "AWS_MANAGED_KEY");
    }

    #[test]
    fn contradictory_trust_is_refused() {
        let before = StackState::default();
        let trust = Some(vec!["111122223333".to_owned()]);
        let unlimited = BootstrapOptions { trust: trust.clone(), ..BootstrapOptions::default() };
        let why = Lists::of(&before, &unlimited).err().unwrap();
        assert!(why.contains("there are no policies for their deployments"), "{why}");
        let both = BootstrapOptions {
            trust_for_lookup: trust,
            untrust: vec!["111122223333".to_owned()],
            ..BootstrapOptions::default()
        };
        assert!(Lists::of(&before, &both).err().unwrap().contains("remove it from one"));
    }

    #[test]
    fn the_template_fits_in_a_call() {
        let text = template(true).to_string();
        assert!(text.len() < 51_200, "it is {} bytes long", text.len());
    }

    #[test]
    fn permissions_for_operations_are_known_by_the_template() {
        for with_operations in [true, false] {
            assert_eq!(has_statement(Some(&template(with_operations)), roles::OPERATIONS_SID), with_operations);
        }
        assert!(!has_statement(None, roles::OPERATIONS_SID));
    }
}
