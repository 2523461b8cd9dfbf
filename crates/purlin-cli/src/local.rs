//! `purlin local`: the emulator on this machine.

use purlin_local::Emulator;

use crate::args::Local;
use crate::failure::Failure;
use crate::terminal::Terminal;

pub(crate) fn run(action: Local, terminal: &Terminal) -> Result<(), Failure> {
    match action {
        Local::Start => {
            let emulator = Emulator::ensure_started(&mut |step| terminal.eprint(step))?;
            terminal.print(emulator.endpoint());
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
            }
            None => terminal.eprint("no local emulator is running; `purlin local start` starts one"),
        },
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
