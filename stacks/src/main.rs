//! The app of the reference stacks: `cargo run -- synth`, `cargo run -- deploy`.

use std::process::ExitCode;

use purlin::Program;
use stacks::cognito_alb_fargate::{CognitoAlbFargateSettings, cognito_alb_fargate};
use stacks::groups_cerbos::{GroupsCerbosSettings, groups_cerbos};
use stacks::m2m_api::{M2mApiSettings, m2m_api};
use stacks::settings::Settings;
use stacks::spa_identity_pool::{SpaIdentityPoolSettings, spa_identity_pool};
use stacks::web_login::{WebLoginSettings, web_login};

fn main() -> ExitCode {
    Program::new().option("settings", "PATH", "settings instead of those in stacks/settings/").run(|app, options| {
        let given = options.get("settings");
        cognito_alb_fargate(app, &CognitoAlbFargateSettings::load(given)?);
        m2m_api(app, &M2mApiSettings::load(given)?);
        web_login(app, &WebLoginSettings::load(given)?);
        spa_identity_pool(app, &SpaIdentityPoolSettings::load(given)?);
        groups_cerbos(app, &GroupsCerbosSettings::load(given)?);
        anyhow::Ok(())
    })
}
