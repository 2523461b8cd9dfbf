//! Amazon Cognito: user pools, their domains, app clients, resource servers, groups and users.
//!
//! Parts of a pool are added to the pool:
//!
//! ```
//! use purlin::cognito::{DomainProps, OAuthScope, SignInAlias, UserPool, UserPoolClient};
//! use purlin::{App, Stack};
//!
//! let app = App::new();
//! let stack = app.add("Login", Stack::props());
//! let users = stack.add("Users", UserPool::props().sign_in_aliases([SignInAlias::Email]).self_sign_up());
//! let domain = users.add_domain("Domain", DomainProps::prefix("acme-shop"));
//! let client = users.add_client(
//!     "Web",
//!     UserPoolClient::props()
//!         .generate_secret()
//!         .authorization_code_grant([OAuthScope::OPENID])
//!         .callback_url("https://shop.example.com/oauth2/idpresponse"),
//! );
//! let logout = domain.sign_out_url(&client, "https://shop.example.com/");
//! # drop(logout);
//! # assert!(app.synth().is_ok());
//! ```
//!
//! The type of a client says whether it has a secret ([`Public`], [`Confidential`]) and which OAuth flow it has
//! ([`NoOAuth`], [`CodeGrant`], [`ClientCredentials`]): what Cognito or a load balancer refuses does not compile.

mod attributes;
mod branding;
mod client;
mod client_attributes;
mod client_build;
mod client_props;
mod domain;
mod email;
mod group;
mod identity_provider;
mod idp;
mod in_pool;
mod issuer;
mod messages;
mod oauth;
mod password;
mod pool;
mod pool_build;
mod pool_check;
mod pool_props;
mod pool_types;
mod resource_server;
mod sms;
mod tokens;
mod triggers;
mod ui_customization;
mod url;
mod user;
mod user_check;

pub use attributes::{AttributeSettings, CustomAttribute, StandardAttribute};
pub use branding::{BrandingAsset, BrandingAssetCategory, ColorMode, ManagedLoginBranding, ManagedLoginBrandingProps};
pub use client::UserPoolClient;
pub use client_attributes::ClientAttributes;
pub use client_props::{AuthFlow, UserPoolClientProps};
pub use domain::{DomainProps, ManagedLoginVersion, UserPoolDomain};
pub use email::{SesEmail, UserPoolEmail};
pub use group::{UserPoolGroup, UserPoolGroupProps};
pub use identity_provider::IdentityProvider;
pub use idp::{
    AmazonProvider, AppleKey, AppleProvider, FacebookProvider, GoogleProvider, HasIdentifiers, HasScopes, OidcClient,
    OidcEndpoints, OidcProvider, ProviderAttribute, ProviderKind, ProviderSecret, SamlMetadata, SamlProvider,
    UserPoolIdentityProvider, UserPoolIdentityProviderProps,
};
pub use in_pool::InPool;
pub use issuer::issuer_pass;
pub use messages::{UserInvitation, UserVerification};
pub use oauth::{
    ClientCredentials, CodeGrant, Confidential, HasCodeGrant, HasNoFlow, HasSecret, NoOAuth, OAuthScope, Public,
};
pub use password::PasswordPolicy;
pub use pool::UserPool;
pub use pool_props::UserPoolProps;
pub use pool_types::{
    AccountRecovery, ContactAttribute, DeviceTracking, FeaturePlan, FirstFactor, Mfa, PasskeyUserVerification,
    SecondFactor, SignInAlias, ThreatProtection,
};
pub use resource_server::{UserPoolResourceServer, UserPoolResourceServerProps};
pub use triggers::{TokenTriggerVersion, Trigger};
pub use ui_customization::{UiCustomization, UiCustomizationProps};
pub use user::{InvitationMedium, UserPoolUser, UserPoolUserProps};
