//! The reference stacks, one module each. They are what users start from, so they read as documentation.

pub mod cognito_alb_fargate;
pub mod groups_cerbos;
pub mod m2m_api;
mod overrides;
pub mod settings;
pub mod spa_identity_pool;
pub mod web_login;

use std::path::Path;

use anyhow::Result;
use purlin::Scope;

use crate::settings::Settings;

/// A reference stack.
#[derive(Debug, Clone, Copy)]
pub struct ReferenceStack {
    /// The name of its settings file, without the extension.
    pub name: &'static str,
    add: fn(&Scope, Option<&Path>) -> Result<()>,
}

/// All reference stacks. A new one is a module, and a line here.
pub const STACKS: [ReferenceStack; 5] = [
    ReferenceStack::of::<cognito_alb_fargate::CognitoAlbFargateSettings>(),
    ReferenceStack::of::<m2m_api::M2mApiSettings>(),
    ReferenceStack::of::<web_login::WebLoginSettings>(),
    ReferenceStack::of::<spa_identity_pool::SpaIdentityPoolSettings>(),
    ReferenceStack::of::<groups_cerbos::GroupsCerbosSettings>(),
];

impl ReferenceStack {
    const fn of<T: Settings>() -> Self {
        let add = |app: &Scope, file: Option<&Path>| {
            (T::STACK)(app, &T::load(file)?);
            Ok(())
        };
        Self { name: T::FILE, add }
    }
}

/// Adds all reference stacks to an app. `given` is the value of `--settings`; without it each stack has the settings of
/// its own file in `stacks/settings/`.
pub fn add_all(app: &Scope, given: Option<&str>) -> Result<()> {
    let files = match given {
        Some(given) => settings::files(Path::new(given), &STACKS.map(|stack| stack.name))?,
        None => Vec::new(),
    };
    STACKS.into_iter().try_for_each(|stack| {
        let file = files.iter().find(|(name, _)| *name == stack.name);
        (stack.add)(app, file.map(|(_, file)| file.as_path()))
    })
}
