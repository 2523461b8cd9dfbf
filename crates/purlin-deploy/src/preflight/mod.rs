//! Looks before the leap: what would make a deployment fail, found by reading alone.
//!
//! A check looks at what the template says in so many words, or with parameters and pseudo
//! parameters filled in; where only AWS knows a value, it stays silent. A check that cannot be
//! made, as somebody may not look or an emulator knows no such call, is a note and no more.

mod certificates;
mod cognito_domains;
mod exports;
pub(crate) mod finding;
mod images;
mod limits;
mod listener_rules;
mod quotas;
mod records;
mod scene;
mod user_pools;
pub(crate) mod values;
mod zones;

use std::time::Duration;

use purlin_assembly::Stack;
use purlin_diagnosis::Origins;
use tokio::join;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

pub use self::finding::{Finding, Severity};
pub(crate) use self::scene::{Existing, Scene};
use crate::error::DeployError;
use crate::event::{Event, Voice};
use crate::options::DeployOptions;
use crate::session::Session;

/// How many checks are made at once.
const AT_ONCE: usize = 4;

/// How long all of them may take.
const LONGEST: Duration = Duration::from_secs(20);

impl Session {
    /// Looks for what would make the deployment of a stack fail, worst first. Nothing is changed.
    ///
    /// `before` are stacks that are deployed before this one and may not be there yet.
    pub async fn preflight(&self, stack: &Stack, before: &[&Stack], options: &DeployOptions) -> Vec<Finding> {
        let nobody = |_: &str, _: Event| {};
        let session = match self.for_stack(stack, Voice::of(stack.name(), &nobody)).await {
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
        let scene = Scene::new(&session, stack, &template, text.len(), existing, options).after(before);
        Box::pin(look(&scene)).await
    }
}

/// What stops the deployment before anything is checked.
fn refused(check: &'static str, error: &DeployError) -> Finding {
    Finding { fix: error.hint(), ..Finding::error(check, error.to_string()) }
}

/// Makes every check, and sorts what they find, worst first.
pub(crate) async fn look(scene: &Scene<'_>) -> Vec<Finding> {
    let (places, deadline) = (Semaphore::new(AT_ONCE), Instant::now() + LONGEST);
    let checks = join!(
        made(&places, deadline, "hosted-zone", Box::pin(zones::check(scene))),
        made(&places, deadline, "record", Box::pin(records::check(scene))),
        made(&places, deadline, "certificate", Box::pin(certificates::check(scene))),
        made(&places, deadline, "cognito-domain", Box::pin(cognito_domains::check(scene))),
        made(&places, deadline, "listener-rule", Box::pin(listener_rules::check(scene))),
        made(&places, deadline, "image", Box::pin(images::check(scene))),
        made(&places, deadline, "quota", Box::pin(quotas::check(scene))),
        made(&places, deadline, "export", Box::pin(exports::check(scene))),
    );
    let mut found = limits::check(scene);
    found.extend(user_pools::check(scene));
    let (zones, records, certificates, domains, rules, images, quotas, exports) = checks;
    found.extend([zones, records, certificates, domains, rules, images, quotas, exports].into_iter().flatten());
    let origins = Origins::of(scene.stack, scene.template);
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

/// A check in its turn. What stops it is told and stops nothing else.
async fn made(
    places: &Semaphore,
    deadline: Instant,
    check: &'static str,
    work: impl Future<Output = Result<Vec<Finding>, DeployError>>,
) -> Vec<Finding> {
    let in_turn = async {
        let _place = places.acquire().await;
        work.await
    };
    match timeout_at(deadline, in_turn).await {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => vec![Finding::not_made(check, &error.to_string())],
        Err(_) => vec![Finding::not_made(check, "AWS took too long to answer")],
    }
}

#[cfg(test)]
mod tests;
