//! The messages that Cognito sends to users.

use purlin_cfn::cognito::{
    CfnUserPool, UserPoolInviteMessageTemplate, UserPoolVerificationMessageTemplate,
    UserPoolVerificationMessageTemplateDefaultEmailOption,
};
use purlin_construct::{IntoValue, Scope, Value};

/// The placeholder of the code in a message.
const CODE: &str = "{####}";
/// The placeholder of the user's name in an invitation.
const USERNAME: &str = "{username}";

/// The message to a user that an administrator made.
#[derive(Debug, Clone, Default)]
pub struct UserInvitation {
    subject: Option<Value<String>>,
    body: Option<Value<String>>,
    sms: Option<Value<String>>,
}

impl UserInvitation {
    /// Cognito's own message.
    pub fn new() -> Self {
        Self::default()
    }

    /// The subject of the email.
    #[must_use]
    pub fn email_subject(self, text: impl IntoValue<String>) -> Self {
        Self { subject: Some(text.into_value()), ..self }
    }

    /// The email, with `{username}` and `{####}` for the user's name and the temporary password.
    #[must_use]
    pub fn email_body(self, text: impl IntoValue<String>) -> Self {
        Self { body: Some(text.into_value()), ..self }
    }

    /// The text message, with `{username}` and `{####}` for the user's name and the temporary password.
    #[must_use]
    pub fn sms_message(self, text: impl IntoValue<String>) -> Self {
        Self { sms: Some(text.into_value()), ..self }
    }

    pub(super) fn check(&self, scope: &Scope) {
        for (what, text) in [("invitation email", &self.body), ("invitation text message", &self.sms)] {
            body(scope, what, text.as_ref(), &[CODE, USERNAME]);
        }
    }

    pub(super) fn render(&self) -> UserPoolInviteMessageTemplate {
        let mut message = UserPoolInviteMessageTemplate::new();
        if let Some(text) = &self.subject {
            message = message.email_subject(text);
        }
        if let Some(text) = &self.body {
            message = message.email_message(text);
        }
        if let Some(text) = &self.sms {
            message = message.sms_message(text);
        }
        message
    }
}

/// The message that verifies an email address or phone number.
#[derive(Debug, Clone)]
pub struct UserVerification {
    is_link: bool,
    subject: Value<String>,
    body: Value<String>,
    sms: Value<String>,
}

impl UserVerification {
    /// The email has a code.
    pub fn code() -> Self {
        let text = "The verification code to your new account is {####}";
        Self { is_link: false, ..Self::with(text, text) }
    }

    /// The email has a link. The pool requires a domain.
    pub fn link() -> Self {
        let sms = "The verification code to your new account is {####}";
        Self { is_link: true, ..Self::with("Verify your account by clicking on {##Verify Email##}", sms) }
    }

    fn with(body: &str, sms: &str) -> Self {
        let subject = "Verify your new account".into_value();
        Self { is_link: false, subject, body: body.into_value(), sms: sms.into_value() }
    }

    /// The subject of the email.
    #[must_use]
    pub fn email_subject(self, text: impl IntoValue<String>) -> Self {
        Self { subject: text.into_value(), ..self }
    }

    /// The email, with `{####}` for the code, or `{##text##}` for the link and its text.
    #[must_use]
    pub fn email_body(self, text: impl IntoValue<String>) -> Self {
        Self { body: text.into_value(), ..self }
    }

    /// The text message, with `{####}` for the code.
    #[must_use]
    pub fn sms_message(self, text: impl IntoValue<String>) -> Self {
        Self { sms: text.into_value(), ..self }
    }

    pub(super) fn check(&self, scope: &Scope) {
        body(scope, "verification text message", Some(&self.sms), &[CODE]);
        if !self.is_link {
            body(scope, "verification email", Some(&self.body), &[CODE]);
        } else if let Some(text) = self.body.as_str()
            && !has_link(text)
        {
            scope.error(
                format!("the verification email `{text}` has no placeholder for the link"),
                "add `{##text of the link##}`",
            );
        }
    }

    pub(super) fn render(&self, pool: CfnUserPool) -> CfnUserPool {
        let template = UserPoolVerificationMessageTemplate::new().sms_message(&self.sms);
        let pool = pool.sms_verification_message(&self.sms);
        if self.is_link {
            let template =
                template.default_email_option(UserPoolVerificationMessageTemplateDefaultEmailOption::CONFIRM_WITH_LINK);
            let template = template.email_message_by_link(&self.body).email_subject_by_link(&self.subject);
            return pool.verification_message_template(template);
        }
        let template =
            template.default_email_option(UserPoolVerificationMessageTemplateDefaultEmailOption::CONFIRM_WITH_CODE);
        let template = template.email_message(&self.body).email_subject(&self.subject);
        pool.email_verification_message(&self.body)
            .email_verification_subject(&self.subject)
            .verification_message_template(template)
    }
}

/// Reports a message of the second factor without a code.
pub(super) fn check_mfa_message(scope: &Scope, text: &Value<String>) {
    body(scope, "message of the second factor", Some(text), &[CODE]);
}

/// Whether a text has `{##..##}`.
fn has_link(text: &str) -> bool {
    text.split_once("{##").is_some_and(|(_, rest)| rest.contains("##}"))
}

fn body(scope: &Scope, what: &str, text: Option<&Value<String>>, placeholders: &[&str]) {
    let Some(text) = text.and_then(Value::as_str) else { return };
    for placeholder in placeholders.iter().filter(|placeholder| !text.contains(**placeholder)) {
        scope.error(
            format!("the {what} `{text}` has no `{placeholder}`"),
            format!("add the placeholder `{placeholder}`, which Cognito replaces"),
        );
    }
}
