//! Follows a service of ECS: how many tasks run, and why the others stop.

mod health;
pub(crate) mod look;
mod progress;
pub(crate) mod reasons;
mod stops;

use std::time::Duration;

use tokio::time::Instant;

use self::look::Eyes;
use self::progress::Progress;
pub(crate) use self::progress::revision;
use super::Post;
use crate::options::FailFast;
use crate::session::Session;
use crate::tempo::Pace;

/// The type of what is followed here.
pub(super) const TYPE: &str = "AWS::ECS::Service";

/// Follows the service of an ARN until it is told to look once more.
pub(super) async fn follow(session: Session, arn: String, limits: FailFast, mut post: Post) {
    let tempo = session.tempo();
    let mut pace = Pace::new(tempo.span(Duration::from_secs(5)), tempo.span(Duration::from_secs(20)));
    let deadline = limits.ecs_timeout.map(|limit| Instant::now() + tempo.span(limit));
    let mut eyes = Eyes::on(&session, &arn);
    let mut progress = Progress::new(limits);
    let mut goes_on = true;
    loop {
        let is_late = deadline.is_some_and(|deadline| Instant::now() >= deadline);
        let wait = match progress.look(&mut eyes, is_late).await {
            Ok(Some(news)) => {
                pace.quicken();
                post.say(news.text, news.facts, news.verdict);
                pace.wait()
            }
            Ok(None) => pace.wait(),
            Err(error) if error.is_denied() => {
                post.say(format!("cannot look at the tasks: {error}"), Vec::new(), None);
                return;
            }
            Err(_) => pace.back_off(),
        };
        if !goes_on {
            return;
        }
        let left = deadline.filter(|_| !is_late).map(|deadline| deadline.saturating_duration_since(Instant::now()));
        goes_on = post.pause(left.map_or(wait, |left| left.min(wait))).await;
    }
}
