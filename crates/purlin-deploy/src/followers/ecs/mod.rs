//! Follows an ECS service: the number of running tasks, and why tasks stop.

mod health;
pub(crate) mod look;
mod progress;
pub(crate) mod reasons;
mod stops;

use std::time::Duration;

use tokio::time::Instant;

use self::look::Client;
use self::progress::Progress;
pub(crate) use self::progress::revision;
use super::Reporter;
use crate::clock::Backoff;
use crate::options::FailFast;
use crate::session::Session;

/// The resource type that is followed here.
pub(super) const TYPE: &str = "AWS::ECS::Service";

/// Follows a service, by its ARN, until the last look.
pub(super) async fn follow(session: Session, arn: String, limits: FailFast, mut reporter: Reporter) {
    let clock = session.clock();
    let mut backoff = Backoff::new(clock.span(Duration::from_secs(5)), clock.span(Duration::from_secs(20)));
    let deadline = limits.ecs_timeout.map(|limit| Instant::now() + clock.span(limit));
    let mut client = Client::on(&session, &arn);
    let mut progress = Progress::new(limits);
    let mut continues = true;
    loop {
        let is_late = deadline.is_some_and(|deadline| Instant::now() >= deadline);
        let wait = match progress.look(&mut client, is_late).await {
            Ok(Some(snapshot)) => {
                backoff.reset();
                reporter.report(snapshot.text, snapshot.facts, snapshot.verdict);
                backoff.wait()
            }
            Ok(None) => backoff.wait(),
            Err(error) if error.is_denied() => {
                reporter.report(format!("cannot read the tasks: {error}"), Vec::new(), None);
                return;
            }
            Err(_) => backoff.slow_down(),
        };
        if !continues {
            return;
        }
        let left = deadline.filter(|_| !is_late).map(|deadline| deadline.saturating_duration_since(Instant::now()));
        continues = reporter.pause(left.map_or(wait, |left| left.min(wait))).await;
    }
}
