//! Checks the account before anything changes, so that a deployment that would fail is not begun.

use purlin_diagnosis::StackState;
use serde_json::Value;

use super::Deployment;
use crate::error::DeployError;
use crate::event::Event;
use crate::preflight::{Context, Existing, Severity, run_checks};

impl Deployment<'_> {
    /// Sends every finding, once; errors stop the deployment.
    pub(super) async fn look_ahead(
        &self,
        before: Option<&StackState>,
        deployed: Option<&Value>,
    ) -> Result<(), DeployError> {
        if self.options.no_preflight {
            return Ok(());
        }
        let look = || async {
            let existing = before.map(|state| Existing::of(state, deployed.cloned()));
            let size = self.text.len();
            let context = Context::new(self.session, self.stack, &self.template, size, existing, self.options);
            let found = Box::pin(run_checks(&context)).await;
            for finding in &found {
                self.sink.send(Event::Found { finding: finding.clone() });
            }
            let errors: Vec<_> = found.into_iter().filter(|it| it.severity == Severity::Error).collect();
            if errors.is_empty() {
                return Ok(());
            }
            Err(DeployError::Preflight { stack: self.sink.stack.to_owned(), errors })
        };
        self.looked.get_or_try_init(look).await.copied()
    }
}
