//! Lambda triggers: functions that Cognito calls at events of users.

use purlin_cfn::cognito::{
    UserPoolCustomEmailSender, UserPoolCustomEmailSenderLambdaVersion, UserPoolCustomSMSSender,
    UserPoolCustomSMSSenderLambdaVersion, UserPoolLambdaConfig, UserPoolPreTokenGenerationConfig,
};
use purlin_construct::{Scope, Value, Word};

use crate::kms::Key;
use crate::lambda::{Function, Permission};

/// The version of the event that a pre-token-generation trigger receives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenTriggerVersion {
    /// The trigger can change claims of id tokens.
    V1,
    /// Also claims and scopes of access tokens. Requires a feature plan other than Lite.
    V2,
    /// Also tokens of machines. Requires a feature plan other than Lite.
    V3,
}

/// An event at which Cognito calls a function
/// (<https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// Makes the next challenge of a custom sign-in.
    CreateAuthChallenge,
    /// Sends emails, instead of Cognito. Requires a [key](super::UserPoolProps::custom_sender_key).
    CustomEmailSender,
    /// Changes messages to users.
    CustomMessage,
    /// Sends text messages, instead of Cognito. Requires a [key](super::UserPoolProps::custom_sender_key).
    CustomSmsSender,
    /// Chooses the next challenge of a custom sign-in.
    DefineAuthChallenge,
    /// After a user signed in.
    PostAuthentication,
    /// After a user was confirmed.
    PostConfirmation,
    /// Before a user signs in; it can reject the user.
    PreAuthentication,
    /// Before a user signs up; it can reject or confirm the user.
    PreSignUp,
    /// Before tokens are made; it can change the claims of id tokens.
    PreTokenGeneration,
    /// Before tokens are made, with a version of the event.
    PreTokenGenerationConfig(TokenTriggerVersion),
    /// For an unknown user; it can migrate the user from another directory.
    UserMigration,
    /// Verifies the response to a challenge of a custom sign-in.
    VerifyAuthChallengeResponse,
}

impl Trigger {
    /// The name, as the CDK has it in the ids of permissions.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::CreateAuthChallenge => "CreateAuthChallenge",
            Self::CustomEmailSender => "CustomEmailSender",
            Self::CustomMessage => "CustomMessage",
            Self::CustomSmsSender => "CustomSmsSender",
            Self::DefineAuthChallenge => "DefineAuthChallenge",
            Self::PostAuthentication => "PostAuthentication",
            Self::PostConfirmation => "PostConfirmation",
            Self::PreAuthentication => "PreAuthentication",
            Self::PreSignUp => "PreSignUp",
            Self::PreTokenGeneration => "PreTokenGeneration",
            Self::PreTokenGenerationConfig(_) => "PreTokenGenerationConfig",
            Self::UserMigration => "UserMigration",
            Self::VerifyAuthChallengeResponse => "VerifyAuthChallengeResponse",
        }
    }

    fn is_custom_sender(self) -> bool {
        matches!(self, Self::CustomEmailSender | Self::CustomSmsSender)
    }
}

/// The triggers of a pool.
#[derive(Debug, Clone, Default)]
pub(super) struct Triggers {
    key: Option<Key>,
    all: Vec<(Trigger, Value<String>)>,
}

impl Triggers {
    pub(super) fn new(key: Option<Key>) -> Self {
        Self { key, all: Vec::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty() && self.key.is_none()
    }

    /// Adds a trigger and reports mistakes.
    pub(super) fn add(&mut self, scope: &Scope, trigger: Trigger, function: &Function) {
        if self.all.iter().any(|(known, _)| known.name() == trigger.name()) {
            scope.error(
                format!("the trigger `{}` is set twice, but AWS takes one function", trigger.name()),
                "call both from one function",
            );
            return;
        }
        match &self.key {
            Some(key) if trigger.is_custom_sender() => drop(key.grant_decrypt(function)),
            None if trigger.is_custom_sender() => scope.error(
                format!("the trigger `{}` requires a key to encrypt codes, but the pool has none", trigger.name()),
                "add one: `.custom_sender_key(&key)`",
            ),
            _ => (),
        }
        self.all.push((trigger, function.arn()));
    }

    /// Permits Cognito to call the function on behalf of the pool.
    #[track_caller]
    pub(super) fn permit(scope: &Scope, trigger: Trigger, function: &Function, pool: &Value<String>) {
        let id = format!("{}Cognito", trigger.name());
        if scope.try_child(&id).is_none() {
            let permission = Permission::for_service("cognito-idp.amazonaws.com").source_arn(pool);
            function.add_permission_to(scope, id, permission);
        }
    }

    pub(super) fn render(&self) -> UserPoolLambdaConfig {
        let mut config = UserPoolLambdaConfig::new();
        if let Some(key) = &self.key {
            config = config.kms_key_id(key.arn());
        }
        self.all.iter().fold(config, |config, (trigger, arn)| with(config, *trigger, arn))
    }
}

fn with(config: UserPoolLambdaConfig, trigger: Trigger, arn: &Value<String>) -> UserPoolLambdaConfig {
    match trigger {
        Trigger::CreateAuthChallenge => config.create_auth_challenge(arn),
        Trigger::CustomEmailSender => config.custom_email_sender(
            UserPoolCustomEmailSender::new()
                .lambda_arn(arn)
                .lambda_version(UserPoolCustomEmailSenderLambdaVersion::V1_0),
        ),
        Trigger::CustomMessage => config.custom_message(arn),
        Trigger::CustomSmsSender => config.custom_sms_sender(
            UserPoolCustomSMSSender::new().lambda_arn(arn).lambda_version(UserPoolCustomSMSSenderLambdaVersion::V1_0),
        ),
        Trigger::DefineAuthChallenge => config.define_auth_challenge(arn),
        Trigger::PostAuthentication => config.post_authentication(arn),
        Trigger::PostConfirmation => config.post_confirmation(arn),
        Trigger::PreAuthentication => config.pre_authentication(arn),
        Trigger::PreSignUp => config.pre_sign_up(arn),
        Trigger::PreTokenGeneration => config.pre_token_generation(arn),
        Trigger::PreTokenGenerationConfig(version) => {
            let version = match version {
                TokenTriggerVersion::V1 => "V1_0",
                TokenTriggerVersion::V2 => "V2_0",
                TokenTriggerVersion::V3 => "V3_0",
            };
            let generation =
                UserPoolPreTokenGenerationConfig::new().lambda_arn(arn).lambda_version(Word::known(version));
            config.pre_token_generation_config(generation)
        }
        Trigger::UserMigration => config.user_migration(arn),
        Trigger::VerifyAuthChallengeResponse => config.verify_auth_challenge_response(arn),
    }
}
