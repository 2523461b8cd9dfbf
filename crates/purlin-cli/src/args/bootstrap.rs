//! The options of `purlin bootstrap`, with the names of the CDK.

use super::shared::{Watch, Where, pair};

#[derive(Debug, clap::Args)]
pub(crate) struct Bootstrap {
    /// Accounts and regions, such as aws://111122223333/eu-central-1 [default: those of the profile]
    #[arg(value_name = "ENVIRONMENTS")]
    pub(crate) environments: Vec<String>,

    #[command(flatten)]
    pub(crate) place: Where,

    /// ARNs of the policies with the permissions of deployments [default: AdministratorAccess]
    #[arg(long, value_name = "ARN,..", value_delimiter = ',')]
    pub(crate) cloudformation_execution_policies: Option<Vec<String>>,

    /// Other accounts that may deploy
    #[arg(long, value_name = "ACCOUNT,..", value_delimiter = ',')]
    pub(crate) trust: Option<Vec<String>>,

    /// Other accounts that may look up resources
    #[arg(long, value_name = "ACCOUNT,..", value_delimiter = ',')]
    pub(crate) trust_for_lookup: Option<Vec<String>>,

    /// Accounts that may no longer do either
    #[arg(long, value_name = "ACCOUNT,..", value_delimiter = ',')]
    pub(crate) untrust: Vec<String>,

    /// The part of all names by which apps find the stack [default: hnb659fds]
    #[arg(long, value_name = "TEXT")]
    pub(crate) qualifier: Option<String>,

    /// The stack's name [default: CDKToolkit]
    #[arg(long, value_name = "NAME")]
    pub(crate) toolkit_stack_name: Option<String>,

    /// The name of the bucket for files
    #[arg(long = "bootstrap-bucket-name", short = 'b', value_name = "NAME", alias = "toolkit-bucket-name")]
    pub(crate) bucket_name: Option<String>,

    /// An existing key for the bucket
    #[arg(long = "bootstrap-kms-key-id", value_name = "ID", alias = "kms-key", conflicts_with = "customer_key")]
    pub(crate) kms_key_id: Option<String>,

    /// Create a key for the bucket, which costs money, or with `=false` use one that S3 manages
    #[arg(
        long = "bootstrap-customer-key",
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    pub(crate) customer_key: Option<bool>,

    /// Whether the bucket cannot be made public [default: true]
    #[arg(long, value_name = "BOOL")]
    pub(crate) public_access_block_configuration: Option<bool>,

    /// The name of the permissions boundary of deployments
    #[arg(long, value_name = "NAME", alias = "cpb")]
    pub(crate) custom_permissions_boundary: Option<String>,

    /// Whether the stack is protected against deletion
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) termination_protection: Option<bool>,

    /// A tag of the stack and its resources
    #[arg(long, short, value_name = "KEY=VALUE", value_parser = pair)]
    pub(crate) tags: Vec<(String, String)>,

    /// Permit who may deploy to read logs and the state of services too, to cancel updates, and to set stack policies
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) with_operations: Option<bool>,

    /// Replace a stack that is newer, or of another template
    #[arg(long, short)]
    pub(crate) force: bool,

    /// Only print the template, as JSON with `--json`
    #[arg(long)]
    pub(crate) show_template: bool,

    /// Do not ask
    #[arg(long, short)]
    pub(crate) yes: bool,

    #[command(flatten)]
    pub(crate) watch: Watch,
}
