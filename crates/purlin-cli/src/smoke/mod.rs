//! `purlin smoke`: after a deployment, whether people and machines can sign in and are let in,
//! as far as that can be tried without being one of them. Nothing is changed.

mod apis;
mod balancers;
mod check;
mod page;
mod pools;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use purlin_auth::Http;
use purlin_deploy::{AppClient, Balancer, Part, Session, UserPool};
use serde_json::json;

use self::check::{Check, Outcome};
use crate::args::Smoke;
use crate::failure::{Failure, Kind};
use crate::operations::subject;
use crate::terminal::{Terminal, Tone};

/// A balancer waits 5 seconds for Cognito before it gives up.
const PATIENCE: Duration = Duration::from_secs(15);

/// What is looked at.
pub(crate) struct Scene {
    pub(crate) session: Session,
    pub(crate) parts: Vec<Part>,
    pub(crate) pools: Vec<Pool>,
    pub(crate) balancers: Vec<Balancer>,
    pub(crate) http: Http,
}

/// A pool with its clients.
pub(crate) struct Pool {
    pub(crate) pool: UserPool,
    pub(crate) clients: Vec<AppClient>,
}

impl Scene {
    pub(crate) fn of_type(&self, kind: &str) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(move |part| part.resource_type == kind)
    }
}

pub(crate) async fn run(app: Option<&Path>, args: &Smoke, terminal: &Terminal) -> Result<(), Failure> {
    let subject = Box::pin(subject(app, &args.stack, terminal)).await?;
    let scene = Box::pin(look(subject.session, &subject.stack)).await?;
    let mut all = Vec::new();
    let mut tell = |checks: Vec<Check>| {
        if !args.json {
            checks.iter().flat_map(|check| lines(check, terminal)).for_each(|line| terminal.print(&line));
        }
        all.extend(checks);
    };
    for pool in &scene.pools {
        tell(Box::pin(pools::check(&scene, pool)).await);
    }
    for balancer in &scene.balancers {
        tell(Box::pin(balancers::check(&scene, balancer)).await);
    }
    tell(Box::pin(apis::check(&scene)).await);
    if args.json {
        terminal.print(&format!("{:#}", json!({ "stack": subject.stack, "checks": all })));
    }
    conclude(&subject.stack, &all, terminal)
}

/// Finds what signs users in: pools of the stack, and those its balancers send users to.
async fn look(session: Session, stack: &str) -> Result<Scene, Failure> {
    let parts = session.parts(stack).await?;
    let of =
        |kind: &'static str| parts.iter().filter(move |it| it.resource_type == kind).map(|it| it.physical_id.clone());
    let mut balancers = Vec::new();
    for arn in of("AWS::ElasticLoadBalancingV2::LoadBalancer") {
        balancers.push(session.balancer(&arn).await?);
    }
    let rules = balancers.iter().flat_map(|balancer| &balancer.rules);
    let elsewhere = rules.filter_map(|rule| rule.pool.rsplit('/').next().map(str::to_owned));
    let ids: Vec<String> = of("AWS::Cognito::UserPool").chain(elsewhere).collect();
    let mut pools: BTreeMap<String, Pool> = BTreeMap::new();
    for id in ids {
        if pools.contains_key(&id) {
            continue;
        }
        let pool = session.user_pool(&id).await?;
        let mut clients = Vec::new();
        for (client, _) in session.app_clients(&id).await? {
            clients.push(session.app_client(&id, &client).await?);
        }
        pools.insert(id, Pool { pool, clients });
    }
    let http = Http::new().patience(PATIENCE);
    Ok(Scene { pools: pools.into_values().collect(), session, parts, balancers, http })
}

/// A check, and what is to be known of it when it failed.
fn lines(check: &Check, terminal: &Terminal) -> Vec<String> {
    let (tone, word) = match &check.outcome {
        Outcome::Passed => (Tone::Good, "ok  "),
        Outcome::Skipped { .. } => (Tone::Faint, "skip"),
        Outcome::Failed(_) => (Tone::Bad, "FAIL"),
    };
    let mut lines = vec![format!("{}  {}: {}", terminal.shade(tone, word), check.about, check.what)];
    match &check.outcome {
        Outcome::Passed => {}
        Outcome::Skipped { why } => lines.push(format!("        {why}")),
        Outcome::Failed(trouble) => {
            lines.push(format!("        wrong:    {}", trouble.wrong));
            lines.push(format!("        found:    {}", trouble.found));
            lines.push(format!("        expected: {}", trouble.expected));
            lines.push(format!("        do:       {}", trouble.hint));
        }
    }
    lines
}

fn conclude(stack: &str, checks: &[Check], terminal: &Terminal) -> Result<(), Failure> {
    let count = |is: fn(&Outcome) -> bool| checks.iter().filter(|check| is(&check.outcome)).count();
    let failed = count(|it| matches!(it, Outcome::Failed(_)));
    let passed = count(|it| matches!(it, Outcome::Passed));
    if checks.is_empty() {
        return Err(Failure::usage(format!(
            "stack `{stack}` has nothing to sign in to: no user pool, balancer or API"
        ))
        .hint("name the stack that has it"));
    }
    if failed > 0 {
        return Err(Failure::new(Kind::Aws, format!("stack `{stack}`: {failed} of {} checks failed", checks.len())));
    }
    terminal.say(&format!("stack `{stack}`: {passed} checks passed, {} were not made", checks.len() - passed));
    Ok(())
}

#[cfg(test)]
mod tests;
