//! The app of the reference stacks: `cargo run -- synth`, `cargo run -- deploy`.

use std::process::ExitCode;

use purlin::Program;
use stacks::cognito_alb_fargate::{CognitoAlbFargateSettings, cognito_alb_fargate};
use stacks::settings::Settings;

fn main() -> ExitCode {
    Program::new().option("settings", "FILE", "settings instead of those in stacks/settings/").run(|app, options| {
        let settings = CognitoAlbFargateSettings::load(options.get("settings"))?;
        cognito_alb_fargate(app, &settings);
        anyhow::Ok(())
    })
}
