//! The role by which a pool sends text messages.

use purlin_cfn::cognito::UserPoolSmsConfiguration;
use purlin_construct::{Expr, Scope, Value, logical_id};

use crate::iam::{PolicyDocument, PolicyStatement, Principal, Role};

/// The role that sends text messages.
#[derive(Debug, Clone, Default)]
pub(super) enum SmsRole {
    /// A role made by the pool, if text messages are used.
    #[default]
    WhereNeeded,
    /// A role made by the pool in all cases.
    Always,
    /// None.
    Never,
    /// This role, which Cognito assumes with this external id.
    Given { role: Box<Role>, external_id: Value<String> },
}

/// The longest external id.
const LONGEST_EXTERNAL_ID: usize = 1223;

impl SmsRole {
    /// The configuration with its role.
    pub(super) fn render(
        self,
        scope: &Scope,
        is_needed: bool,
        region: Option<Value<String>>,
    ) -> Option<UserPoolSmsConfiguration> {
        let mut sms = match self {
            Self::Never => return None,
            Self::WhereNeeded if !is_needed => return None,
            Self::WhereNeeded | Self::Always => made(scope),
            Self::Given { role, external_id } => {
                UserPoolSmsConfiguration::new().external_id(external_id).sns_caller_arn(role.arn())
            }
        };
        if let Some(region) = region {
            sms = sms.sns_region(region);
        }
        Some(sms)
    }
}

/// A role that Cognito assumes only for this pool, with an external id made of the pool's path.
fn made(scope: &Scope) -> UserPoolSmsConfiguration {
    let path = scope.path();
    let ids: Vec<&str> = path.split('/').collect();
    let mut external_id = logical_id(&ids).unwrap_or_default();
    external_id.truncate(LONGEST_EXTERNAL_ID);
    let cognito = Principal::service("cognito-idp.amazonaws.com").with_condition(
        "StringEquals",
        "sts:ExternalId",
        Expr::from(external_id.as_str()),
    );
    let publish = PolicyStatement::allow().action("sns:Publish").all_resources();
    let role = scope
        .add("smsRole", Role::props(cognito).inline_policy("sns-publish", PolicyDocument::new().statement(publish)));
    UserPoolSmsConfiguration::new().external_id(external_id).sns_caller_arn(role.arn())
}
