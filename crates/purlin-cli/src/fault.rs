//! Turns a panic into an error that says so. Scripts get an exit code of the table, users a text to report.

use std::any::Any;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;

use crate::failure::Failure;
use crate::text::harmless;

thread_local! {
    /// What panicked first in the work of this thread; `None` where no work is guarded.
    static FIRST: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// The result of `work`, or a failure if it panics. So does a task of it whose panic is lost: its work is missing.
pub(crate) fn guarded(work: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !recorded(info) {
                usual(info);
            }
        }));
    });
    FIRST.set(Some(Vec::new()));
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    let lines = FIRST.take().unwrap_or_default();
    match result {
        Ok(result) if lines.is_empty() => result,
        Ok(Err(failure)) => Err(lines.into_iter().fold(failure, Failure::detail)),
        Ok(Ok(())) => Err(fault("a part of the work panicked", lines)),
        Err(cause) => Err(fault(&message(&*cause), lines)),
    }
}

fn fault(message: &str, lines: Vec<String>) -> Failure {
    let failure = Failure::bug(format!("this is a fault of purlin, not of your stack: {}", harmless(message)));
    lines.into_iter().fold(failure, Failure::detail).hint(
        "report it with this text, the command, and `purlin --version`; `RUST_BACKTRACE=1` adds where it happened. What \
         CloudFormation began goes on: `purlin status STACK` shows it",
    )
}

/// Whether the panic is in guarded work. The first one is the cause of others.
fn recorded(info: &PanicHookInfo<'_>) -> bool {
    FIRST.with_borrow_mut(|first| {
        let Some(lines) = first else { return false };
        if lines.is_empty() {
            let place = info.location().map(ToString::to_string).unwrap_or_default();
            lines.push(format!("  at {place}: {}", harmless(&message(info.payload()))));
            let trace = Backtrace::capture();
            if trace.status() == BacktraceStatus::Captured {
                lines.extend(trace.to_string().lines().map(str::to_owned));
            }
        }
        true
    })
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "it panicked".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::block_on;

    #[test]
    fn a_panic_is_a_failure_with_the_exit_code_of_a_bug() {
        let task = || async {
            let failed = tokio::spawn(async { panic!("in a \u{1b}[2Jtask") }).await;
            drop(failed);
            Ok(())
        };
        let cases: [(Result<(), Failure>, u8, &str, &str); 5] = [
            (guarded(|| Ok(())), 0, "", ""),
            (guarded(|| panic!("no {}", "header")), 1, "a fault of purlin, not of your stack: no header", "fault.rs:"),
            (guarded(|| panic!("static")), 1, "of your stack: static", "static"),
            (guarded(|| block_on(task())), 1, "a part of the work panicked", "in a "),
            (guarded(|| Err(Failure::usage("wrong"))), 2, "wrong", ""),
        ];
        for (result, code, says, detail) in cases {
            let Err(failure) = result else {
                assert_eq!(code, 0);
                continue;
            };
            assert_eq!(failure.kind as u8, code);
            assert!(failure.message.contains(says) && !failure.message.contains('\u{1b}'), "{failure:?}");
            assert!(failure.details.concat().contains(detail), "{failure:?}");
            assert!(!failure.details.concat().contains('\u{1b}'), "{failure:?}");
            assert_eq!(code == 1, failure.hints.concat().contains("report it"), "{failure:?}");
        }
    }
}
