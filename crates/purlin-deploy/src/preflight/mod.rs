//! Preflight checks: find problems that would make a deployment fail, by reading alone.
//!
//! A check uses values from the template, with parameters and pseudo parameters filled in; it skips values that only the
//! deployment produces. A check that cannot run, because a permission is missing or an emulator lacks the API, is a note.

mod certificates;
mod cognito_domains;
mod context;
mod exports;
pub(crate) mod finding;
mod images;
mod limits;
mod listener_rules;
mod quotas;
mod records;
mod user_pools;
pub(crate) mod values;
mod zones;

use std::time::Duration;

use purlin_assembly::Stack;
use purlin_diagnosis::Origins;
use tokio::join;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

pub(crate) use self::context::{Context, Existing};
pub use self::finding::{Finding, Severity};
use crate::error::DeployError;
use crate::event::{Event, EventSink};
use crate::options::DeployOptions;
use crate::session::Session;

/// Number of concurrent checks.
const CONCURRENCY: usize = 4;

/// Time limit of all checks together.
const TIMEOUT: Duration = Duration::from_secs(20);

impl Session {
    /// Finds problems that would make the deployment of a stack fail, most severe first. Changes nothing.
    ///
    /// `before` are stacks that are deployed before this one and may not exist yet.
    pub async fn preflight(&self, stack: &Stack, before: &[&Stack], options: &DeployOptions) -> Vec<Finding> {
        let ignore = |_: &str, _: Event| {};
        let session = match self.for_stack(stack, EventSink::of(stack.name(), &ignore)).await {
            Ok(session) => session,
            Err(error) => return vec![refused("environment", &error)],
        };
        let text = match stack.template() {
            Ok(text) => text,
            Err(error) => return vec![refused("template", &error.into())],
        };
        let template = match serde_json::from_str(&text) {
            Ok(template) => template,
            Err(source) => {
                let error = DeployError::Template { path: stack.template_path(), source };
                return vec![refused("template", &error)];
            }
        };
        let existing = match Existing::named(&session.cloudformation(), stack.name()).await {
            Ok(existing) => existing,
            Err(error) => return vec![refused("environment", &error)],
        };
        let context = Context::new(&session, stack, &template, text.len(), existing, options).after(before);
        Box::pin(run_checks(&context)).await
    }
}

/// What stops the deployment before anything is checked.
fn refused(check: &'static str, error: &DeployError) -> Finding {
    Finding { fix: error.hint(), ..Finding::error(check, error.to_string()) }
}

/// Runs all checks, and sorts the findings, most severe first.
pub(crate) async fn run_checks(context: &Context<'_>) -> Vec<Finding> {
    let (permits, deadline) = (Semaphore::new(CONCURRENCY), Instant::now() + TIMEOUT);
    let checks = join!(
        limited(&permits, deadline, "hosted-zone", Box::pin(zones::check(context))),
        limited(&permits, deadline, "record", Box::pin(records::check(context))),
        limited(&permits, deadline, "certificate", Box::pin(certificates::check(context))),
        limited(&permits, deadline, "cognito-domain", Box::pin(cognito_domains::check(context))),
        limited(&permits, deadline, "listener-rule", Box::pin(listener_rules::check(context))),
        limited(&permits, deadline, "image", Box::pin(images::check(context))),
        limited(&permits, deadline, "quota", Box::pin(quotas::check(context))),
        limited(&permits, deadline, "export", Box::pin(exports::check(context))),
    );
    let mut found = limits::check(context);
    found.extend(user_pools::check(context));
    let (zones, records, certificates, domains, rules, images, quotas, exports) = checks;
    found.extend([zones, records, certificates, domains, rules, images, quotas, exports].into_iter().flatten());
    let origins = Origins::of(context.stack, context.template);
    for finding in &mut found {
        if let Some(id) = &finding.logical_id {
            finding.construct = origins.construct(id).map(str::to_owned);
            finding.declared_at = origins.declared_at(id);
        }
    }
    found.sort_by(|one, other| {
        (other.severity, one.check, &one.logical_id).cmp(&(one.severity, other.check, &other.logical_id))
    });
    found
}

/// Runs a check within the limits of concurrency and time. Its error becomes a note.
async fn limited(
    permits: &Semaphore,
    deadline: Instant,
    check: &'static str,
    work: impl Future<Output = Result<Vec<Finding>, DeployError>>,
) -> Vec<Finding> {
    let run = async {
        let _permit = permits.acquire().await;
        work.await
    };
    match timeout_at(deadline, run).await {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => vec![Finding::not_checked(check, &error.to_string())],
        Err(_) => vec![Finding::not_checked(check, "AWS did not answer in time")],
    }
}

#[cfg(test)]
mod tests;
