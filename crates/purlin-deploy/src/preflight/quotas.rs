//! Checks the quotas of load balancers and target groups.

use std::collections::BTreeMap;

use aws_sdk_elasticloadbalancingv2::types::LoadBalancerTypeEnum;

use super::{Context, Finding};
use crate::aws::Named;
use crate::error::DeployError;

const CHECK: &str = "quota";

const BALANCER: &str = "AWS::ElasticLoadBalancingV2::LoadBalancer";
const TARGET_GROUP: &str = "AWS::ElasticLoadBalancingV2::TargetGroup";

/// Limits: AWS's name, and the name in messages.
const COUNTED: [(&str, &str); 3] = [
    ("application-load-balancers", "application load balancers"),
    ("network-load-balancers", "network load balancers"),
    ("target-groups", "target groups"),
];

pub(super) async fn check(context: &Context<'_>) -> Result<Vec<Finding>, DeployError> {
    let wanted = wanted(context);
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let elbv2 = aws_sdk_elasticloadbalancingv2::Client::new(&context.config);
    let limits = limits(&elbv2).await?;
    let have = have(&elbv2, &wanted).await?;
    let found = COUNTED.iter().filter_map(|(limit, what)| {
        let (new, id) = wanted.get(limit)?;
        let (most, have) = (limits.get(*limit)?, have.get(limit).copied().unwrap_or(0));
        let target = context.session.target();
        (have + new > *most).then(|| {
            let reason = format!(
                "account `{}` has {have} of at most {most} {what} in `{}`, and the stack adds {new}",
                target.account, target.region
            );
            let fix = "delete unused ones, or request a higher quota in Service Quotas";
            Finding::error(CHECK, reason).about(id).fix(fix)
        })
    });
    Ok(found.collect())
}

/// Number of new resources by limit, each with one of them.
fn wanted<'a>(context: &Context<'a>) -> BTreeMap<&'static str, (usize, &'a str)> {
    let mut all: BTreeMap<&'static str, (usize, &str)> = BTreeMap::new();
    let mut add = |limit, id| all.entry(limit).or_insert((0, id)).0 += 1;
    for (id, properties) in context.resources(&[BALANCER]) {
        let limit = match context.values.text(&properties["Type"]).as_deref() {
            None | Some("application") => "application-load-balancers",
            Some("network") => "network-load-balancers",
            Some(_) => continue,
        };
        if !context.has(id, BALANCER) {
            add(limit, id);
        }
    }
    for (id, _) in context.resources(&[TARGET_GROUP]) {
        if !context.has(id, TARGET_GROUP) {
            add("target-groups", id);
        }
    }
    all
}

async fn limits(elbv2: &aws_sdk_elasticloadbalancingv2::Client) -> Result<BTreeMap<String, usize>, DeployError> {
    let response = elbv2.describe_account_limits().send().await.named("DescribeAccountLimits")?;
    let limits = response.limits().iter().filter_map(|it| Some((it.name()?.to_owned(), it.max()?.parse().ok()?)));
    Ok(limits.collect())
}

async fn have(
    elbv2: &aws_sdk_elasticloadbalancingv2::Client,
    wanted: &BTreeMap<&str, (usize, &str)>,
) -> Result<BTreeMap<&'static str, usize>, DeployError> {
    let mut have = BTreeMap::new();
    if wanted.keys().any(|limit| limit.ends_with("load-balancers")) {
        let mut pages = elbv2.describe_load_balancers().page_size(400).into_paginator().send();
        while let Some(page) = pages.next().await {
            for balancer in page.named("DescribeLoadBalancers")?.load_balancers() {
                let limit = match balancer.r#type().map(LoadBalancerTypeEnum::as_str) {
                    Some("application") => "application-load-balancers",
                    Some("network") => "network-load-balancers",
                    _ => continue,
                };
                *have.entry(limit).or_default() += 1;
            }
        }
    }
    if wanted.contains_key("target-groups") {
        let mut pages = elbv2.describe_target_groups().page_size(400).into_paginator().send();
        while let Some(page) = pages.next().await {
            *have.entry("target-groups").or_default() += page.named("DescribeTargetGroups")?.target_groups().len();
        }
    }
    Ok(have)
}
