//! Follows a service of ECS: how many tasks run, and why the others stop.

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
use super::Post;
use crate::clock::Backoff;
use crate::options::FailFast;
use crate::session::Session;

/// The type of what is followed here.
pub(super) const TYPE: &str = "AWS::ECS::Service";

/// Follows the service of an ARN until it is told to look once more.
pub(super) async fn follow(session: Session, arn: String, limits: FailFast, mut post: Post) {
    let clock = session.clock();
    let mut backoff = Backoff::new(clock.span(Duration::from_secs(5)), clock.span(Duration::from_secs(20)));
    let deadline = limits.ecs_timeout.map(|limit| Instant::now() + clock.span(limit));
    let mut client = Client::on(&session, &arn);
    let mut progress = Progress::new(limits);
    let mut goes_on = true;
    loop {
        let is_late = deadline.is_some_and(|deadline| Instant::now() >= deadline);
        let wait = match progress.look(&mut client, is_late).await {
            Ok(Some(news)) => {
                backoff.reset();
                post.say(news.text, news.facts, news.verdict);
                backoff.wait()
            }
            Ok(None) => backoff.wait(),
            Err(error) if error.is_denied() => {
                post.say(format!("cannot look at the tasks: {error}"), Vec::new(), None);
                return;
            }
            Err(_) => backoff.slow_down(),
        };
        if !goes_on {
            return;
        }
        let left = deadline.filter(|_| !is_late).map(|deadline| deadline.saturating_duration_since(Instant::now()));
        goes_on = post.pause(left.map_or(wait, |left| left.min(wait))).await;
    }
}
