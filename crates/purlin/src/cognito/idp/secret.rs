//! Secrets of identity providers, which cannot be text.

use purlin_construct::SecretValue;

/// A secret that CloudFormation reads from Secrets Manager at deployment: a [`SecretValue`].
#[diagnostic::on_unimplemented(
    message = "the secret of an identity provider is not text: it would be readable in the template",
    label = "needs a `SecretValue`",
    note = "keep it in Secrets Manager, and read it by `Secret::from_name(&stack, \"login/google\").field(\"client_secret\")`"
)]
pub trait ProviderSecret: sealed::Sealed {
    #[doc(hidden)]
    fn into_secret(self) -> SecretValue;
}

impl ProviderSecret for SecretValue {
    fn into_secret(self) -> SecretValue {
        self
    }
}

impl ProviderSecret for &SecretValue {
    fn into_secret(self) -> SecretValue {
        self.clone()
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::SecretValue {}
    impl Sealed for &super::SecretValue {}
}
