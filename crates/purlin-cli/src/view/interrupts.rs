//! Ctrl-C and SIGTERM: asks the user what to do, and passes the request to each stack once.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use purlin_deploy::{DeployError, Interruption};
use tokio::sync::watch;

use crate::failure::{Failure, Kind};
use crate::terminal::Terminal;

/// The time that a deployment has to stop cleanly after a detach.
const GRACE: Duration = Duration::from_secs(15);

/// The interruptions that the user requests.
#[derive(Debug)]
pub(super) struct Interrupts {
    /// The last request, numbered.
    request: watch::Sender<(usize, Option<Interruption>)>,
    /// The number of the last request that each stack received.
    delivered: Mutex<BTreeMap<String, usize>>,
    last_signal: Mutex<Option<Signal>>,
}

/// A signal to this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// SIGTERM.
    Terminate,
}

impl Default for Interrupts {
    fn default() -> Self {
        Self { request: watch::Sender::new((0, None)), delivered: Mutex::default(), last_signal: Mutex::default() }
    }
}

impl Interrupts {
    /// Handles signals until the user detaches and the work has had time to stop: then the failure of the command.
    /// `at_work` lists the stacks that CloudFormation is working on.
    pub(super) async fn handle(&self, terminal: &Terminal, at_work: impl Fn() -> Vec<String>) -> Failure {
        loop {
            let signal = self.signal().await;
            let stacks = at_work();
            let can_choose = terminal.can_ask() && !terminal.is_asking() && !stacks.is_empty();
            let requested = if signal == Signal::Interrupt && can_choose {
                tokio::select! {
                    requested = ask(terminal, &stacks) => requested,
                    _ = self.signal() => Some(Interruption::Detach),
                }
            } else {
                Some(Interruption::Detach)
            };
            if let Some(requested) = requested {
                self.request(requested);
            }
            if requested == Some(Interruption::Detach) {
                tokio::select! {
                    () = tokio::time::sleep(GRACE) => {}
                    _ = self.signal() => {}
                }
                return self.with_signal(Failure::interrupted(&at_work()));
            }
        }
    }

    /// Returns when there is a request that the stack has not received yet. It can be dropped and called again.
    pub(super) async fn next(&self, stack: &str) -> Interruption {
        let mut requests = self.request.subscribe();
        loop {
            if let (number, Some(request)) = *requests.borrow_and_update()
                && self.is_new(stack, number)
            {
                return request;
            }
            // The sender is dropped with `self`, so there is always another change to wait for.
            let _ = requests.changed().await;
        }
    }

    /// Returns when there is any request.
    pub(super) async fn any(&self) {
        let mut requests = self.request.subscribe();
        let _ = requests.wait_for(|(_, request)| request.is_some()).await;
    }

    /// The failure of an error, with the exit code of the signal that led to it.
    pub(super) fn failure(&self, error: &DeployError) -> Failure {
        self.with_signal(Failure::of(error))
    }

    /// The failure of a command that stopped before all its stacks were begun.
    pub(super) fn interrupted(&self) -> Failure {
        self.with_signal(Failure::interrupted(&[]))
    }

    fn with_signal(&self, mut failure: Failure) -> Failure {
        let last = *self.last_signal.lock().expect("code that holds this lock does not panic");
        if failure.kind == Kind::Interrupted && last == Some(Signal::Terminate) {
            failure.kind = Kind::Terminated;
        }
        failure
    }

    async fn signal(&self) -> Signal {
        let signal = tokio::select! {
            _ = tokio::signal::ctrl_c() => Signal::Interrupt,
            () = terminated() => Signal::Terminate,
        };
        *self.last_signal.lock().expect("code that holds this lock does not panic") = Some(signal);
        signal
    }

    fn request(&self, requested: Interruption) {
        self.request.send_modify(|(number, request)| {
            *number += 1;
            *request = Some(requested);
        });
    }

    fn is_new(&self, stack: &str, number: usize) -> bool {
        let mut delivered = self.delivered.lock().expect("code that holds this lock does not panic");
        delivered.insert(stack.to_owned(), number) != Some(number)
    }
}

async fn ask(terminal: &Terminal, stacks: &[String]) -> Option<Interruption> {
    let names: Vec<String> = stacks.iter().map(|name| format!("`{name}`")).collect();
    let text = [
        format!("CloudFormation is working on {}", names.join(", ")),
        "  d      detach: CloudFormation continues, and this command ends".to_owned(),
        "  c      cancel: CloudFormation rolls back, and this command follows the rollback".to_owned(),
        "  enter  continue watching".to_owned(),
    ];
    let answer = terminal.ask(&text, "what now? [d/c/enter] ").await.unwrap_or_default();
    match answer.to_ascii_lowercase().as_str() {
        "d" | "detach" => Some(Interruption::Detach),
        "c" | "cancel" => Some(Interruption::Cancel),
        _ => None,
    }
}

#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

/// Windows has no SIGTERM.
#[cfg(not(unix))]
async fn terminated() {
    std::future::pending().await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(interrupts: &Interrupts, stack: &str) -> Option<Interruption> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async { tokio::time::timeout(Duration::from_millis(20), interrupts.next(stack)).await.ok() })
    }

    #[test]
    fn every_stack_receives_each_request_once() {
        let interrupts = Interrupts::default();
        assert_eq!(received(&interrupts, "Web"), None);
        interrupts.request(Interruption::Cancel);
        assert_eq!(received(&interrupts, "Web"), Some(Interruption::Cancel));
        assert_eq!(received(&interrupts, "Web"), None, "it has received the request");
        assert_eq!(received(&interrupts, "Db"), Some(Interruption::Cancel));
        interrupts.request(Interruption::Detach);
        assert_eq!(received(&interrupts, "Web"), Some(Interruption::Detach));
        assert_eq!(received(&interrupts, "Late"), Some(Interruption::Detach), "a stack that begins later receives it");
    }
}
