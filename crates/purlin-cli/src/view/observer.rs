//! The observer of a command's stacks: passes events to the display, questions to the user, and signals to the engine.

use std::time::Duration;

use purlin_assembly::Stack;
use purlin_deploy::{BoxFuture, DeployError, Deployed, Destroyed, Event, Interruption, Observer, Verdict};
use purlin_diagnosis::{Approval, StackState};

use super::display::{Display, Style};
use super::ended;
use super::interrupts::Interrupts;
use super::model::Expected;
use crate::confirm;
use crate::failure::Failure;
use crate::terminal::Terminal;

/// The time between two frames of the live tree.
const FRAME: Duration = Duration::from_millis(100);

/// Shows stacks while they are deployed or deleted, and handles Ctrl-C and SIGTERM.
pub(crate) struct View<'a> {
    display: Display<'a>,
    interrupts: Interrupts,
}

impl<'a> View<'a> {
    /// A view of these stacks.
    pub(crate) fn of(terminal: &'a Terminal, style: Style, stacks: &[&Stack], is_local: bool) -> Self {
        Self { display: Display::of(terminal, style, stacks, is_local), interrupts: Interrupts::default() }
    }

    /// A view of a stack of which only the name is known.
    pub(crate) fn of_name(terminal: &'a Terminal, style: Style, name: &str, is_local: bool) -> Self {
        let display = Display::new(terminal, style, vec![Expected::named(name)], is_local);
        Self { display, interrupts: Interrupts::default() }
    }

    /// Shows the work until it ends. Fails when the user detaches and the work does not end in time.
    pub(crate) async fn during<T>(&self, work: impl Future<Output = T>) -> Result<T, Failure> {
        let result = tokio::select! {
            result = work => Ok(result),
            () = self.redraw() => unreachable!("redrawing never ends"),
            failure = self.interrupts.handle(self.display.terminal, || self.display.at_work()) => Err(failure),
        };
        self.display.close();
        result
    }

    async fn redraw(&self) {
        loop {
            tokio::time::sleep(FRAME).await;
            self.display.tick();
        }
    }

    /// Prints the end of a stack that was followed by its name, and turns an error into a failure.
    pub(crate) fn settled(&self, stack: &str, result: Result<StackState, DeployError>) -> Result<(), Failure> {
        ended::settled(&self.display, &self.interrupts, stack, &result);
        result.map(|_| ()).map_err(|error| self.interrupts.failure(&error))
    }

    /// The result of a command on several stacks; `done` is its verb, such as `deployed`.
    pub(crate) fn conclusion<T>(
        &self,
        stacks: &[&Stack],
        verdicts: Vec<Verdict<T>>,
        done: &str,
    ) -> Result<(), Failure> {
        ended::conclusion(&self.display, &self.interrupts, stacks, verdicts, done)
    }
}

impl Observer for View<'_> {
    fn on_event(&self, stack: &str, event: Event) {
        self.display.on_event(stack, &event);
    }

    fn on_deployed(&self, stack: &str, result: &Result<Deployed, DeployError>) {
        ended::deployed(&self.display, &self.interrupts, stack, result);
    }

    fn on_destroyed(&self, stack: &str, result: &Result<Destroyed, DeployError>) {
        ended::destroyed(&self.display, &self.interrupts, stack, result);
    }

    fn approve<'a>(&'a self, stack: &'a str, approval: &'a Approval) -> BoxFuture<'a, bool> {
        Box::pin(async move {
            if self.display.style.agrees {
                return true;
            }
            // An interruption is not an agreement.
            tokio::select! {
                agreed = confirm::approval(stack, approval, self.display.terminal) => agreed,
                () = self.interrupts.any() => false,
            }
        })
    }

    fn next_interruption<'a>(&'a self, stack: &'a str) -> BoxFuture<'a, Interruption> {
        Box::pin(self.interrupts.next(stack))
    }
}
