//! The resource of a user pool, with the role for text messages and the permissions of triggers.

use std::collections::BTreeSet;

use purlin_cfn::cognito::{
    CfnUserPool, UserPoolAccountRecoverySetting, UserPoolAdminCreateUserConfig,
    UserPoolAdvancedSecurityAdditionalFlows, UserPoolDeletionProtection, UserPoolDeviceConfiguration, UserPoolPolicies,
    UserPoolRecoveryOption, UserPoolSignInPolicy, UserPoolUserAttributeUpdateSettings, UserPoolUserPoolAddOns,
    UserPoolUserPoolTier, UserPoolUsernameConfiguration, UserPoolWebAuthnFactorConfiguration,
};
use purlin_construct::{Construct, RemovalPolicy, Scope, Word};

use super::pool::Shared;
use super::triggers::Triggers;
use super::user_check::UserRules;
use super::{ContactAttribute, FeaturePlan, SecondFactor, SignInAlias, UserPool, UserPoolProps, pool_check};

impl Construct for UserPoolProps {
    type Handle = UserPool;
    fn build(mut self, scope: Scope) -> UserPool {
        pool_check::all(&scope, &self);
        let mut triggers = Triggers::new(self.sender_key.take());
        for (trigger, function) in &self.triggers {
            triggers.add(&scope, *trigger, function);
        }
        let sms = std::mem::take(&mut self.sms_role).render(&scope, self.uses_sms(), self.sms_region.take());
        let mut pool = self.raw(&scope);
        if let Some(sms) = sms {
            pool = pool.sms_configuration(sms);
        }
        if !triggers.is_empty() {
            pool = pool.lambda_config(triggers.render());
        }
        let cfn = scope.add("Resource", pool);
        cfn.removal_policy(self.removal);
        let arn = cfn.att(CfnUserPool::ATTR_ARN);
        for (trigger, function) in &self.triggers {
            Triggers::permit(&scope, *trigger, function, &arn);
        }
        let users = UserRules { aliases: self.aliases, custom: self.schema.custom_names() };
        UserPool::made(scope, cfn, Shared::new(self.plan, self.schema, users, triggers))
    }
}

impl UserPoolProps {
    /// Whether users have user names.
    fn has_usernames(&self) -> bool {
        self.aliases.contains(&SignInAlias::Username)
    }

    fn verified(&self) -> BTreeSet<ContactAttribute> {
        self.auto_verify.clone().unwrap_or_else(|| {
            let contacts =
                [(SignInAlias::Email, ContactAttribute::Email), (SignInAlias::Phone, ContactAttribute::Phone)];
            contacts.into_iter().filter(|(alias, _)| self.aliases.contains(alias)).map(|(_, contact)| contact).collect()
        })
    }

    pub(super) fn has_factor(&self, factor: SecondFactor) -> bool {
        self.mfa.as_ref().is_some_and(|(_, factors)| factors.contains(&factor))
    }

    fn uses_sms(&self) -> bool {
        let by_alias = self.aliases.contains(&SignInAlias::Phone);
        let verified = self.auto_verify.as_ref().is_some_and(|set| set.contains(&ContactAttribute::Phone));
        self.has_factor(SecondFactor::Sms) || by_alias || verified
    }

    fn raw(&self, scope: &Scope) -> CfnUserPool {
        let is_protected = self.is_protected.unwrap_or(self.removal != RemovalPolicy::Destroy);
        let mut pool = CfnUserPool::new().admin_create_user_config(self.admin_create_user()).deletion_protection(
            if is_protected { UserPoolDeletionProtection::ACTIVE } else { UserPoolDeletionProtection::INACTIVE },
        );
        if let Some(name) = &self.name {
            pool = pool.user_pool_name(name);
        }
        if let Some(mechanisms) = self.recovery.mechanisms() {
            let options: Vec<_> = (1_u8..)
                .zip(mechanisms)
                .map(|(priority, name)| UserPoolRecoveryOption::new().name(Word::known(name)).priority(priority))
                .collect();
            pool = pool.account_recovery_setting(UserPoolAccountRecoverySetting::new().recovery_mechanisms(options));
        }
        pool = self.sign_in(pool);
        pool = self.factors(pool);
        pool = self.verification.render(pool);
        pool = self.security(pool);
        if let Some(email) = &self.email {
            pool = pool.email_configuration(email.render(scope));
        }
        let schema = self.schema.render();
        if schema.is_empty() { pool } else { pool.schema(schema) }
    }

    fn admin_create_user(&self) -> UserPoolAdminCreateUserConfig {
        let config = UserPoolAdminCreateUserConfig::new().allow_admin_create_user_only(!self.self_sign_up);
        match &self.invitation {
            Some(message) => config.invite_message_template(message.render()),
            None => config,
        }
    }

    fn sign_in(&self, mut pool: CfnUserPool) -> CfnUserPool {
        let names: Vec<&str> = self
            .aliases
            .iter()
            .filter_map(|alias| match alias {
                SignInAlias::Username => None,
                SignInAlias::Email => Some("email"),
                SignInAlias::Phone => Some("phone_number"),
                SignInAlias::PreferredUsername => Some("preferred_username"),
            })
            .collect();
        if self.has_usernames() && !names.is_empty() {
            pool = pool.alias_attributes(names.into_iter().map(Word::known).collect::<Vec<_>>());
        } else if !names.is_empty() {
            pool = pool.username_attributes(names.into_iter().map(Word::known).collect::<Vec<_>>());
        }
        let verified: Vec<_> = self.verified().into_iter().map(|contact| Word::known(contact.name())).collect();
        if !verified.is_empty() {
            pool = pool.auto_verified_attributes(verified);
        }
        if let Some(kept) = &self.keep_original {
            let names: Vec<_> = kept.iter().map(|contact| Word::known(contact.name())).collect();
            pool = pool.user_attribute_update_settings(UserPoolUserAttributeUpdateSettings::new(names));
        }
        if let Some(is_sensitive) = self.case_sensitive {
            pool = pool.username_configuration(UserPoolUsernameConfiguration::new().case_sensitive(is_sensitive));
        }
        pool
    }

    fn factors(&self, mut pool: CfnUserPool) -> CfnUserPool {
        let mut policies = UserPoolPolicies::new();
        if let Some(policy) = &self.password {
            policies = policies.password_policy(policy.render());
        }
        if !self.first_factors.is_empty() {
            let names: Vec<_> = self.first_factors.iter().map(|factor| Word::known(factor.name())).collect();
            policies = policies.sign_in_policy(UserPoolSignInPolicy::new().allowed_first_auth_factors(names));
        }
        if self.password.is_some() || !self.first_factors.is_empty() {
            pool = pool.policies(policies);
        }
        if let Some((mfa, factors)) = &self.mfa {
            let names: Vec<&str> = factors.iter().map(|factor| factor.name()).collect();
            pool = pool.mfa_configuration(Word::known(mfa.name())).enabled_mfas(names);
        }
        if let Some(text) = &self.mfa_message {
            pool = pool.sms_authentication_message(text);
        }
        if let Some(domain) = &self.passkey_party {
            pool = pool.web_authn_relying_party_id(domain);
        }
        if let Some(verification) = self.passkey_verification {
            pool = pool.web_authn_user_verification(verification.name());
        }
        if self.passkey_is_enough {
            let both = UserPoolWebAuthnFactorConfiguration::MULTI_FACTOR_WITH_USER_VERIFICATION;
            pool = pool.web_authn_factor_configuration(both);
        }
        pool
    }

    fn security(&self, mut pool: CfnUserPool) -> CfnUserPool {
        if let Some(devices) = self.devices {
            let config = UserPoolDeviceConfiguration::new()
                .challenge_required_on_new_device(devices.challenge_on_new_device)
                .device_only_remembered_on_user_prompt(devices.only_on_user_prompt);
            pool = pool.device_configuration(config);
        }
        if let Some(plan) = self.plan {
            pool = pool.user_pool_tier(match plan {
                FeaturePlan::Lite => UserPoolUserPoolTier::LITE,
                FeaturePlan::Essentials => UserPoolUserPoolTier::ESSENTIALS,
                FeaturePlan::Plus => UserPoolUserPoolTier::PLUS,
            });
        }
        if self.threats.is_none() && self.custom_threats.is_none() {
            return pool;
        }
        let mut add_ons = UserPoolUserPoolAddOns::new();
        if let Some(mode) = self.threats {
            add_ons = add_ons.advanced_security_mode(Word::known(mode.name()));
        }
        if let Some(mode) = self.custom_threats {
            let flows = UserPoolAdvancedSecurityAdditionalFlows::new().custom_auth_mode(Word::known(mode.name()));
            add_ons = add_ons.advanced_security_additional_flows(flows);
        }
        pool.user_pool_add_ons(add_ons)
    }
}
