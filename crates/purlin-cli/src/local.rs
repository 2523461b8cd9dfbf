//! `purlin local`: the emulator on this machine.

use purlin_local::{AccessKey, Emulator};

use crate::args::Local;
use crate::failure::Failure;
use crate::terminal::Terminal;
use crate::{by_hand, target};

pub(crate) fn run(action: &Local, terminal: &Terminal) -> Result<(), Failure> {
    match action {
        Local::Start { stop_after } => {
            let emulator = Emulator::start(stop_after.as_deref(), &mut |step| terminal.eprint(step))?;
            terminal.print(emulator.endpoint());
            terminal.eprint(&other_tools());
        }
        Local::Stop => {
            let was_running = Emulator::stop()?;
            terminal.eprint(if was_running {
                "the local emulator is stopped"
            } else {
                "no local emulator was running"
            });
        }
        Local::Status => match Emulator::status()? {
            Some(emulator) => {
                terminal.print(emulator.endpoint());
                terminal.eprint(&format!("process {}, log `{}`", emulator.pid(), emulator.log().display()));
                terminal.eprint(&other_tools());
            }
            None => terminal.eprint("no local emulator is running; `purlin local start` starts one"),
        },
        Local::Env => {
            let Some(emulator) = Emulator::status()? else {
                return Err(Failure::usage("no local emulator is running").hint("`purlin local start` starts one"));
            };
            terminal.print_document(&exports(emulator.endpoint(), emulator.key()?));
        }
        Local::Reset => {
            let was_running = Emulator::reset()?;
            terminal.eprint(if was_running {
                "the local emulator is empty"
            } else {
                "no local emulator was running, so there was nothing to reset"
            });
        }
    }
    Ok(())
}

fn other_tools() -> String {
    format!("for other tools: `eval \"$({} local env)\"`", by_hand::program())
}

/// The environment of tools that use the emulator, for a shell. None of its values needs quotes.
fn exports(endpoint: &str, key: &AccessKey) -> String {
    let region = target::local_region(None);
    let set = [
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_ACCESS_KEY_ID", &key.id),
        ("AWS_SECRET_ACCESS_KEY", &key.secret),
        ("AWS_REGION", &region),
    ];
    let lines = set.map(|(name, value)| format!("export {name}={value}\n")).concat();
    format!("{lines}unset AWS_SESSION_TOKEN AWS_PROFILE")
}
