//! Lambda triggers: functions called at points of users' lives.

use purlin_cfn::cognito::{
    UserPoolCustomEmailSender, UserPoolCustomEmailSenderLambdaVersion, UserPoolCustomSMSSender,
    UserPoolCustomSMSSenderLambdaVersion, UserPoolLambdaConfig, UserPoolPreTokenGenerationConfig,
};
use purlin_construct::{Scope, Value, Word};

use crate::kms::Key;
use crate::lambda::{Function, Permission};

/// What a pre-token-generation trigger gets and may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenTriggerVersion {
    /// Claims of id tokens.
    V1,
    /// Claims and scopes of access tokens too. Needs a feature plan other than Lite.
    V2,
    /// Tokens of machines too. Needs a feature plan other than Lite.
    V3,
}

/// A point of users' lives at which Cognito calls a function
/// (<https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// Makes the next challenge of a custom way to sign in.
    CreateAuthChallenge,
    /// Sends emails, instead of Cognito. Needs a [key](super::UserPoolProps::custom_sender_key).
    CustomEmailSender,
    /// Writes messages.
    CustomMessage,
    /// Sends text messages, instead of Cognito. Needs a [key](super::UserPoolProps::custom_sender_key).
    CustomSmsSender,
    /// Decides which challenge comes next in a custom way to sign in.
    DefineAuthChallenge,
    /// After a user has signed in.
    PostAuthentication,
    /// After a user has been confirmed.
    PostConfirmation,
    /// Before a user signs in: may refuse.
    PreAuthentication,
    /// Before a user signs up: may refuse, or confirm at once.
    PreSignUp,
    /// Before tokens are made: may change the claims of id tokens.
    PreTokenGeneration,
    /// Before tokens are made, in a version of choice.
    PreTokenGenerationConfig(TokenTriggerVersion),
    /// A user is unknown: may bring them over from elsewhere.
    UserMigration,
    /// Looks at the answer to a challenge of a custom way to sign in.
    VerifyAuthChallengeResponse,
}

impl Trigger {
    /// The name, as the CDK writes it in the ids of permissions.
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

    /// Adds a trigger, and reports one that Cognito would refuse.
    pub(super) fn add(&mut self, scope: &Scope, trigger: Trigger, function: &Function) {
        if self.all.iter().any(|(known, _)| known.name() == trigger.name()) {
            scope.error(
                format!("the trigger `{}` is given twice", trigger.name()),
                "a trigger has one function: call both from it",
            );
            return;
        }
        if trigger.is_custom_sender() && self.key.is_none() {
            scope.error(
                format!("the trigger `{}` has no key to encrypt the codes with", trigger.name()),
                "give the pool one: `.custom_sender_key(&key)`",
            );
        }
        self.all.push((trigger, function.arn()));
    }

    /// Lets Cognito call the function, on behalf of the pool.
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
