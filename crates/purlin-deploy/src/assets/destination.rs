//! The session for a destination: its region and role, and the caller's credentials.

use std::time::Duration;

use aws_config::Region;
use aws_config::sts::{AssumeRoleProvider, AssumeRoleProviderBuilder};
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use purlin_assembly::FileDestination;
use serde_json::{Map, Value};

use crate::aws::innermost;
use crate::error::DeployError;
use crate::event::EventSink;
use crate::session::Session;
use crate::target::{Target, account_of};

/// The address of an object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Object<'a> {
    pub(crate) bucket: &'a str,
    pub(crate) key: &'a str,
}

/// The role to assume for a destination.
pub(super) struct Role<'a> {
    pub(super) arn: Option<&'a str>,
    pub(super) external_id: Option<&'a str>,
    /// Further fields of `AssumeRole`, with the API's names.
    pub(super) options: Option<&'a Map<String, Value>>,
}

impl<'a> Role<'a> {
    /// Of an object.
    pub(super) fn of_file(destination: &'a FileDestination) -> Self {
        Self {
            arn: destination.assume_role_arn.as_deref(),
            external_id: destination.assume_role_external_id.as_deref(),
            options: destination.assume_role_additional_options.as_ref(),
        }
    }
}

/// The session and target of a destination.
pub(super) struct Place {
    /// The session with permission to write.
    pub(super) session: Session,
    /// The values of the placeholders in its names.
    pub(super) target: Target,
}

impl Place {
    /// The session in the region with the role. If the role cannot be assumed, with the caller's own credentials:
    /// administrators can deploy without the role. In an emulator there are no roles. Each role is assumed once in a run.
    pub(super) async fn of(
        session: &Session,
        region: Option<&str>,
        role: &Role<'_>,
        sink: EventSink<'_>,
    ) -> Result<Self, DeployError> {
        let region = region.map(|region| session.target().fill(region));
        let session = session.with_own_credentials().in_region(region.as_deref());
        let target = session.target().clone();
        let Some(arn) = role.arn.filter(|_| !session.is_local()) else {
            return Ok(Self { session, target });
        };
        let arn = target.fill(arn);
        let name = format!("{} {arn} {:?} {:?}", target.region, role.external_id, role.options);
        let config = session.publishing().roles.get(&name, assume(&session, &arn, role, sink)).await?;
        let session = match config {
            Some(config) => session.as_owner(config, account_of(&arn).map(str::to_owned)),
            None => session,
        };
        Ok(Self { session, target })
    }
}

async fn assume(
    session: &Session,
    arn: &str,
    role: &Role<'_>,
    sink: EventSink<'_>,
) -> Result<Option<aws_config::SdkConfig>, DeployError> {
    let mut builder = AssumeRoleProvider::builder(arn)
        .session_name("purlin")
        .region(Region::new(session.target().region.clone()))
        .configure(session.config());
    if let Some(id) = role.external_id {
        builder = builder.external_id(id);
    }
    for (name, value) in role.options.into_iter().flatten() {
        builder = with(builder, name, value).map_err(|detail| DeployError::Asset { asset: arn.to_owned(), detail })?;
    }
    let provider = builder.build().await;
    if let Err(refused) = provider.provide_credentials().await {
        let text = format!("role `{arn}` cannot be assumed, using your own credentials: {}", innermost(&refused));
        sink.note(text);
        return Ok(None);
    }
    let credentials = SharedCredentialsProvider::new(provider);
    Ok(Some(session.config().to_builder().credentials_provider(credentials).build()))
}

/// Sets a field of the call. Transitive tags are ignored: no further roles are assumed.
fn with(builder: AssumeRoleProviderBuilder, name: &str, value: &Value) -> Result<AssumeRoleProviderBuilder, String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match (name, value) {
        ("Tags", Value::Array(tags)) => {
            Ok(builder.tags(tags.iter().map(|tag| (text(&tag["Key"]), text(&tag["Value"])))))
        }
        ("TransitiveTagKeys", _) => Ok(builder),
        ("RoleSessionName", Value::String(name)) => Ok(builder.session_name(name)),
        ("Policy", Value::String(policy)) => Ok(builder.policy(policy)),
        ("PolicyArns", Value::Array(arns)) => Ok(builder.policy_arns(arns.iter().map(|it| text(&it["arn"])).collect())),
        ("DurationSeconds", Value::Number(seconds)) => {
            Ok(builder.session_length(Duration::from_secs(seconds.as_u64().unwrap_or(3600))))
        }
        _ => Err(format!(
            "`assumeRoleAdditionalOptions` sets `{name}` to `{value}`; supported are `Tags`, `TransitiveTagKeys`, \
             `RoleSessionName`, `Policy`, `PolicyArns` and `DurationSeconds`"
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_owner_is_the_roles_account() {
        assert_eq!(account_of("arn:aws:iam::111122223333:role/r"), Some("111122223333"));
        assert_eq!(account_of("role"), None);
    }

    #[test]
    fn unsupported_options_are_refused() {
        let builder = || AssumeRoleProvider::builder("arn:aws:iam::111122223333:role/r");
        assert!(with(builder(), "Tags", &json!([{"Key": "team", "Value": "a"}])).is_ok());
        assert!(with(builder(), "DurationSeconds", &json!(900)).is_ok());
        let refused = with(builder(), "SourceIdentity", &json!("me")).unwrap_err();
        assert!(refused.contains("`SourceIdentity`") && refused.contains("supported are"), "{refused}");
    }
}
