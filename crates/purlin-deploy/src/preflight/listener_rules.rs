//! Checks that the priorities of listener rules are free on listeners that other stacks use too.

use std::collections::{BTreeMap, BTreeSet};

use super::{Context, Finding};
use crate::aws::Named;
use crate::error::DeployError;
use crate::network::Pages;

const CHECK: &str = "listener-rule";

const KIND: &str = "AWS::ElasticLoadBalancingV2::ListenerRule";

/// The rules of this template on one listener: id and priority.
type Wanted<'a> = Vec<(&'a str, u32)>;

pub(super) async fn check(context: &Context<'_>) -> Result<Vec<Finding>, DeployError> {
    let mut listeners: BTreeMap<String, Wanted<'_>> = BTreeMap::new();
    for (id, properties) in context.resources(&[KIND]) {
        let priority = context.values.text(&properties["Priority"]).and_then(|text| text.parse().ok());
        if let (Some(listener), Some(priority)) = (context.values.text(&properties["ListenerArn"]), priority) {
            listeners.entry(listener).or_default().push((id, priority));
        }
    }
    let mut found = Vec::new();
    for (listener, wanted) in listeners {
        found.extend(on(context, &listener, &wanted).await?);
    }
    Ok(found)
}

async fn on(context: &Context<'_>, listener: &str, wanted: &Wanted<'_>) -> Result<Vec<Finding>, DeployError> {
    let mut taken = match rules(context, listener).await {
        Ok(taken) => taken,
        Err(error) if error.code() == Some("ListenerNotFound") => {
            let reason = format!("listener `{listener}` does not exist");
            let fix = "use the listener's ARN, and the credentials of its account and region";
            return Ok(wanted.iter().map(|(id, _)| Finding::error(CHECK, &reason).about(id).fix(fix)).collect());
        }
        Err(error) => return Err(error),
    };
    let of_stack: BTreeSet<_> = context.physical_ids().await?.values().collect();
    taken.retain(|_, rule| !of_stack.contains(rule));
    let mut in_template: BTreeMap<u32, &str> = BTreeMap::new();
    let mut found = Vec::new();
    for (id, priority) in wanted {
        let holder = match (taken.get(priority), in_template.insert(*priority, id)) {
            (Some(rule), _) => format!("rule `{rule}` has it"),
            (None, Some(other)) => format!("`{other}` of this stack has it, too"),
            (None, None) => continue,
        };
        let is_free = |it: &u32| !taken.contains_key(it) && wanted.iter().all(|(_, other)| other != it);
        let free = (*priority..=50_000).chain(1..*priority).find(is_free);
        let fix = free.map_or("delete unused rules".to_owned(), |it| format!("choose another, such as {it}"));
        let reason = format!("priority {priority} is taken on listener `{listener}`: {holder}");
        found.push(Finding::error(CHECK, reason).about(id).fix(fix));
    }
    Ok(found)
}

/// The rules of a listener by priority, without the default rule, which has none.
async fn rules(context: &Context<'_>, listener: &str) -> Result<BTreeMap<u32, String>, DeployError> {
    let elbv2 = aws_sdk_elasticloadbalancingv2::Client::new(&context.config);
    let mut all = BTreeMap::new();
    let mut pages = Pages::of("DescribeRules");
    loop {
        let call = elbv2.describe_rules().listener_arn(listener).set_marker(pages.token());
        let page = call.send().await.named("DescribeRules")?;
        for rule in page.rules() {
            if let (Some(priority), Some(arn)) = (rule.priority().and_then(|it| it.parse().ok()), rule.rule_arn()) {
                all.insert(priority, arn.to_owned());
            }
        }
        if !pages.turn(page.next_marker())? {
            return Ok(all);
        }
    }
}
