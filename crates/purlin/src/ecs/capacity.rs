//! The capacity of tasks: on-demand or spot.

use std::borrow::Cow;

use purlin_cfn::ecs::{
    ClusterCapacityProviderAssociationsCapacityProviderStrategy, ServiceCapacityProviderStrategyItem,
};
use purlin_construct::Scope;

/// A source of capacity for tasks
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapacityProvider(Cow<'static, str>);

impl CapacityProvider {
    /// Fargate, on demand.
    pub const FARGATE: Self = Self(Cow::Borrowed("FARGATE"));
    /// Spare capacity of Fargate: cheaper, but AWS may stop a task, with a notice of two minutes.
    pub const FARGATE_SPOT: Self = Self(Cow::Borrowed("FARGATE_SPOT"));

    /// A capacity provider of the cluster, by its name.
    pub fn custom(name: impl Into<String>) -> Self {
        Self(Cow::Owned(name.into()))
    }

    pub(super) fn name(&self) -> &str {
        &self.0
    }

    pub(super) fn is_fargate(&self) -> bool {
        self.0.starts_with("FARGATE")
    }
}

/// The share of the tasks on a capacity provider
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/capacity-launch-type-comparison.html>).
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a strategy does nothing until it is given to a cluster or a service"]
pub struct CapacityProviderStrategy {
    provider: CapacityProvider,
    base: Option<u32>,
    weight: u32,
}

impl CapacityProviderStrategy {
    /// Tasks run on this provider, with a weight of 1.
    pub fn new(provider: CapacityProvider) -> Self {
        Self { provider, base: None, weight: 1 }
    }

    /// The number of tasks before the others are distributed by weight. One provider may have a base.
    pub fn base(self, tasks: u32) -> Self {
        Self { base: Some(tasks), ..self }
    }

    /// Its share of the tasks, compared with the weights of the other providers: 0 to 1000.
    pub fn weight(self, weight: u32) -> Self {
        Self { weight, ..self }
    }

    pub(super) fn provider(&self) -> &CapacityProvider {
        &self.provider
    }

    pub(super) fn for_cluster(&self) -> ClusterCapacityProviderAssociationsCapacityProviderStrategy {
        let item = ClusterCapacityProviderAssociationsCapacityProviderStrategy::new(self.provider.name());
        match self.base {
            Some(base) => item.base(base).weight(self.weight),
            None => item.weight(self.weight),
        }
    }

    pub(super) fn for_service(&self) -> ServiceCapacityProviderStrategyItem {
        let item =
            ServiceCapacityProviderStrategyItem::new().capacity_provider(self.provider.name()).weight(self.weight);
        match self.base {
            Some(base) => item.base(base),
            None => item,
        }
    }
}

/// Reports strategies that ECS would refuse.
pub(super) fn check(scope: &Scope, strategies: &[CapacityProviderStrategy]) {
    let bases = strategies.iter().filter(|strategy| strategy.base.is_some_and(|base| base > 0)).count();
    if bases > 1 {
        scope.error(
            format!("{bases} capacity providers have a base, but AWS takes one"),
            "keep the `.base(..)` of one, and distribute the rest by `.weight(..)`",
        );
    }
    if !strategies.is_empty() && strategies.iter().all(|strategy| strategy.weight == 0) {
        scope.error("every capacity provider has the weight 0, so none gets tasks", "raise one `.weight(..)`");
    }
    for strategy in strategies {
        if strategies.iter().filter(|other| other.provider == strategy.provider).count() > 1 {
            let name = strategy.provider.name();
            scope.error(format!("the capacity provider `{name}` is given twice"), "give each once");
        }
    }
    let fargate = strategies.iter().filter(|strategy| strategy.provider.is_fargate()).count();
    if fargate > 0 && fargate < strategies.len() {
        scope.error(
            "capacity providers of Fargate are mixed with others, but AWS takes one kind",
            "use `CapacityProvider::FARGATE` and `CapacityProvider::FARGATE_SPOT` alone",
        );
    }
}
