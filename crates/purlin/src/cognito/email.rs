//! The settings of a pool's emails.

use purlin_cfn::cognito::{UserPoolEmailConfiguration, UserPoolEmailConfigurationEmailSendingAccount};
use purlin_construct::{IntoValue, Scope, Value, sub};

/// The sender of a pool's emails.
#[derive(Debug, Clone)]
pub enum UserPoolEmail {
    /// Cognito: up to 50 emails a day, from an address of AWS.
    Cognito {
        /// The address for replies.
        reply_to: Option<Value<String>>,
    },
    /// Amazon SES, with an address or a domain that is verified there.
    Ses(SesEmail),
}

/// The settings of emails by Amazon SES.
#[derive(Debug, Clone)]
pub struct SesEmail {
    from: Value<String>,
    from_name: Option<String>,
    reply_to: Option<Value<String>>,
    region: Option<String>,
    verified_domain: Option<String>,
    configuration_set: Option<Value<String>>,
}

impl UserPoolEmail {
    /// Cognito: up to 50 emails a day, from `no-reply@verificationemail.com`. For tests.
    pub fn cognito() -> Self {
        Self::Cognito { reply_to: None }
    }

    /// Cognito, with an address for replies.
    pub fn cognito_with_reply_to(address: impl IntoValue<String>) -> Self {
        Self::Cognito { reply_to: Some(address.into_value()) }
    }

    /// Amazon SES, from this address. The address or its domain has to be verified in SES.
    pub fn ses(from: impl IntoValue<String>) -> SesEmail {
        SesEmail {
            from: from.into_value(),
            from_name: None,
            reply_to: None,
            region: None,
            verified_domain: None,
            configuration_set: None,
        }
    }

    pub(super) fn is_ses(&self) -> bool {
        matches!(self, Self::Ses(_))
    }

    pub(super) fn check(&self, scope: &Scope) {
        let Self::Ses(ses) = self else { return };
        let Some(from) = ses.from.as_str() else { return };
        let Some((_, domain)) = from.split_once('@') else {
            scope.error(format!("`{from}` is not an email address"), "pass the sender's address");
            return;
        };
        if let Some(verified) = &ses.verified_domain
            && verified != domain
        {
            scope.error(
                format!("the sender of emails is `{from}`, which is not in the verified domain `{verified}`"),
                "pass an address in the verified domain",
            );
        }
    }

    pub(super) fn render(&self, scope: &Scope) -> UserPoolEmailConfiguration {
        match self {
            Self::Cognito { reply_to } => {
                let email = UserPoolEmailConfiguration::new()
                    .email_sending_account(UserPoolEmailConfigurationEmailSendingAccount::COGNITO_DEFAULT);
                reply_to.iter().fold(email, UserPoolEmailConfiguration::reply_to_email_address)
            }
            Self::Ses(ses) => ses.render(scope),
        }
    }
}

impl From<SesEmail> for UserPoolEmail {
    fn from(email: SesEmail) -> Self {
        Self::Ses(email)
    }
}

impl SesEmail {
    /// The sender's name.
    #[must_use]
    pub fn from_name(self, name: impl Into<String>) -> Self {
        Self { from_name: Some(name.into()), ..self }
    }

    /// The address for replies.
    #[must_use]
    pub fn reply_to(self, address: impl IntoValue<String>) -> Self {
        Self { reply_to: Some(address.into_value()), ..self }
    }

    /// The region of SES, by default that of the stack.
    #[must_use]
    pub fn region(self, region: impl Into<String>) -> Self {
        Self { region: Some(region.into()), ..self }
    }

    /// The domain that is verified in SES, instead of the address.
    #[must_use]
    pub fn verified_domain(self, domain: impl Into<String>) -> Self {
        Self { verified_domain: Some(domain.into()), ..self }
    }

    /// The configuration set of SES that applies to the emails.
    #[must_use]
    pub fn configuration_set(self, name: impl IntoValue<String>) -> Self {
        Self { configuration_set: Some(name.into_value()), ..self }
    }

    fn render(&self, scope: &Scope) -> UserPoolEmailConfiguration {
        let stack = scope.stack();
        let region = self.region.as_ref().map_or_else(|| stack.region(), IntoValue::into_value);
        let identity = match &self.verified_domain {
            Some(domain) => domain.into_value(),
            None => self.from.clone(),
        };
        let (partition, account) = (stack.partition(), stack.account());
        let from = match &self.from_name {
            Some(name) => sub!("{} <{}>", quoted(name), self.from),
            None => self.from.clone(),
        };
        let mut email = UserPoolEmailConfiguration::new()
            .email_sending_account(UserPoolEmailConfigurationEmailSendingAccount::DEVELOPER)
            .from(from)
            .source_arn(sub!("arn:{}:ses:{}:{}:identity/{}", partition, region, account, identity));
        if let Some(address) = &self.reply_to {
            email = email.reply_to_email_address(address);
        }
        if let Some(name) = &self.configuration_set {
            email = email.configuration_set(name);
        }
        email
    }
}

/// The name in the form of RFC 5322: in quotes unless it has only letters, digits and blanks.
fn quoted(name: &str) -> String {
    if name.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ') {
        return name.to_owned();
    }
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}
