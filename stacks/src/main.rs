//! The app of the reference stacks: `cargo run -- synth`, `cargo run -- deploy`.

use std::process::ExitCode;

use purlin::Program;

fn main() -> ExitCode {
    let app = Program::new().option("settings", "PATH", "settings instead of those in stacks/settings/");
    app.run(|app, options| stacks::add_all(app, options.get("settings")))
}
