//! A cluster of services and tasks.

use std::fmt;
use std::rc::Rc;

use purlin_cfn::ecs::{
    CfnCluster, CfnClusterCapacityProviderAssociations, ClusterClusterConfiguration, ClusterClusterSettings,
    ClusterManagedStorageConfiguration,
};
use purlin_construct::{Construct, HasScope, IntoValue, Ref, Scope, Value, intrinsics, sub};

use super::capacity::{self, CapacityProvider, CapacityProviderStrategy};
use super::exec::ExecuteCommandConfiguration;
use crate::check::Checks;
use crate::ec2::Vpc;
use crate::iam::{Grant, Grantee};
use crate::kms::Key;

/// A cluster of services and tasks
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/clusters.html>).
///
/// ```
/// use purlin::ec2::Vpc;
/// use purlin::ecs::{Cluster, ContainerInsights};
/// use purlin::{App, Stack};
///
/// let app = App::new();
/// let stack = app.add("Web", Stack::props());
/// let vpc = stack.add("Vpc", Vpc::props());
/// let cluster = stack.add("Cluster", Cluster::props(&vpc).container_insights(ContainerInsights::Enhanced));
/// ```
#[derive(Clone)]
pub struct Cluster(Rc<Data>);

struct Data {
    scope: Scope,
    cfn: Option<Ref<CfnCluster>>,
    name: Value<String>,
    arn: Value<String>,
    vpc: Vpc,
    exec: Option<ExecuteCommandConfiguration>,
    /// The capacity providers; none for an imported cluster.
    providers: Option<Vec<CapacityProvider>>,
    association: Option<Scope>,
}

/// The recipe of a [`Cluster`].
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct ClusterProps {
    vpc: Vpc,
    name: Option<Value<String>>,
    insights: Option<ContainerInsights>,
    providers: Vec<CapacityProvider>,
    strategy: Vec<CapacityProviderStrategy>,
    exec: Option<ExecuteCommandConfiguration>,
    storage_key: Option<Key>,
    ephemeral_storage_key: Option<Key>,
}

/// The level of CloudWatch Container Insights
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cloudwatch-container-insights.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContainerInsights {
    /// No metrics, also if the account's default has some.
    Disabled,
    /// Metrics of clusters and services.
    Enabled,
    /// Metrics of tasks and containers, too.
    Enhanced,
}

impl ContainerInsights {
    const fn name(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::Enabled => "enabled",
            Self::Enhanced => "enhanced",
        }
    }
}

impl Cluster {
    /// A cluster whose services run in this VPC, with the account's default of Container Insights.
    pub fn props(vpc: &Vpc) -> ClusterProps {
        ClusterProps {
            vpc: vpc.clone(),
            name: None,
            insights: None,
            providers: Vec::new(),
            strategy: Vec::new(),
            exec: None,
            storage_key: None,
            ephemeral_storage_key: None,
        }
    }

    /// Imports a cluster of the stack's account and region, by its name and the VPC of its services.
    #[track_caller]
    pub fn from_name(scope: &impl HasScope, id: impl AsRef<str>, name: impl IntoValue<String>, vpc: &Vpc) -> Self {
        let (scope, name) = (scope.scope().child(id), name.into_value());
        let arn = scope.arn("ecs", sub!("cluster/{}", name));
        Self::imported(scope, name, arn, vpc)
    }

    /// Imports a cluster by its ARN and the VPC of its services.
    #[track_caller]
    pub fn from_arn(scope: &impl HasScope, id: impl AsRef<str>, arn: impl IntoValue<String>, vpc: &Vpc) -> Self {
        let arn = arn.into_value();
        let name = intrinsics::select(1, intrinsics::split("/", &arn));
        Self::imported(scope.scope().child(id), name, arn, vpc)
    }

    fn imported(scope: Scope, name: Value<String>, arn: Value<String>, vpc: &Vpc) -> Self {
        let vpc = vpc.clone();
        Self(Rc::new(Data { scope, cfn: None, name, arn, vpc, exec: None, providers: None, association: None }))
    }

    /// The raw resource; none for an imported cluster.
    pub fn cfn(&self) -> Option<&Ref<CfnCluster>> {
        self.0.cfn.as_ref()
    }

    /// The cluster's name.
    pub fn name(&self) -> Value<String> {
        self.0.name.clone()
    }

    /// The cluster's ARN.
    pub fn arn(&self) -> Value<String> {
        self.0.arn.clone()
    }

    /// The VPC of its services.
    pub fn vpc(&self) -> &Vpc {
        &self.0.vpc
    }

    /// The ARN of a task by its id, for policies; `*` stands for all tasks: `arn:..:task/cluster/*`.
    pub fn arn_for_tasks(&self, id: impl IntoValue<String>) -> Value<String> {
        self.0.scope.arn("ecs", sub!("task/{}/{}", self.name(), id.into_value()))
    }

    /// Permits tasks to protect themselves from being stopped by a scale-in or a deployment.
    pub fn grant_task_protection(&self, grantee: &impl Grantee) -> Grant {
        Grant::add_to_principal(grantee, ["ecs:UpdateTaskProtection"], [self.arn_for_tasks("*")])
    }

    pub(super) fn exec(&self) -> Option<&ExecuteCommandConfiguration> {
        self.0.exec.as_ref()
    }

    /// The association on which services with capacity providers depend.
    pub(super) fn association(&self) -> Option<&Scope> {
        self.0.association.as_ref()
    }

    /// Whether the cluster lacks a capacity provider; `false` for an imported cluster.
    pub(super) fn lacks(&self, provider: &CapacityProvider) -> bool {
        self.0.providers.as_ref().is_some_and(|known| !known.contains(provider))
    }
}

impl HasScope for Cluster {
    fn scope(&self) -> &Scope {
        &self.0.scope
    }
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cluster({:?})", self.0.scope)
    }
}

impl ClusterProps {
    /// The cluster's name; CloudFormation generates one unless given.
    pub fn name(self, name: impl IntoValue<String>) -> Self {
        Self { name: Some(name.into_value()), ..self }
    }

    /// The level of Container Insights; the account's setting `containerInsights` unless given.
    pub fn container_insights(self, insights: ContainerInsights) -> Self {
        Self { insights: Some(insights), ..self }
    }

    /// Adds the capacity providers `FARGATE` and `FARGATE_SPOT` for services.
    pub fn fargate_capacity_providers(self) -> Self {
        self.capacity_provider(CapacityProvider::FARGATE).capacity_provider(CapacityProvider::FARGATE_SPOT)
    }

    /// Adds a capacity provider for services.
    pub fn capacity_provider(mut self, provider: CapacityProvider) -> Self {
        if !self.providers.contains(&provider) {
            self.providers.push(provider);
        }
        self
    }

    /// The capacity of tasks that are started without one. Services of this library always set it.
    pub fn default_capacity_provider_strategy(
        mut self,
        strategies: impl IntoIterator<Item = CapacityProviderStrategy>,
    ) -> Self {
        self.strategy.extend(strategies);
        self
    }

    /// The logs of ECS Exec sessions; the log group of the container unless given.
    pub fn execute_command_configuration(self, configuration: ExecuteCommandConfiguration) -> Self {
        Self { exec: Some(configuration), ..self }
    }

    /// The key that encrypts storage that ECS manages for tasks; AWS's key unless given.
    pub fn managed_storage_key(self, key: &Key) -> Self {
        Self { storage_key: Some(key.clone()), ..self }
    }

    /// The key that encrypts the ephemeral storage of Fargate tasks; AWS's key unless given.
    pub fn fargate_ephemeral_storage_key(self, key: &Key) -> Self {
        Self { ephemeral_storage_key: Some(key.clone()), ..self }
    }

    fn check(&self, scope: &Scope) {
        capacity::check(scope, &self.strategy);
        for strategy in self.strategy.iter().filter(|strategy| !self.providers.contains(strategy.provider())) {
            let name = strategy.provider().name();
            scope.error(
                format!("the cluster's default strategy names the capacity provider `{name}`, which it does not have"),
                "add `.fargate_capacity_providers()`, or `.capacity_provider(..)` for your own",
            );
        }
        scope.check("the name of the cluster").name(&self.name, 1..=255, "-_");
        if let Some(exec) = &self.exec {
            exec.check(scope);
        }
    }

    fn configuration(&self) -> Option<ClusterClusterConfiguration> {
        let mut configuration = ClusterClusterConfiguration::new();
        if let Some(exec) = &self.exec {
            configuration = configuration.execute_command_configuration(exec.render());
        }
        let (storage, ephemeral) = (&self.storage_key, &self.ephemeral_storage_key);
        if storage.is_some() || ephemeral.is_some() {
            let mut managed = ClusterManagedStorageConfiguration::new();
            if let Some(key) = storage {
                managed = managed.kms_key_id(key.id());
            }
            if let Some(key) = ephemeral {
                managed = managed.fargate_ephemeral_storage_kms_key_id(key.id());
            }
            configuration = configuration.managed_storage_configuration(managed);
        }
        (self.exec.is_some() || storage.is_some() || ephemeral.is_some()).then_some(configuration)
    }
}

impl Construct for ClusterProps {
    type Handle = Cluster;
    fn build(self, scope: Scope) -> Cluster {
        self.check(&scope);
        let mut cluster = CfnCluster::new();
        if let Some(name) = &self.name {
            cluster = cluster.cluster_name(name);
        }
        if let Some(insights) = self.insights {
            let setting = ClusterClusterSettings::new().name("containerInsights").value(insights.name());
            cluster = cluster.cluster_settings([setting]);
        }
        if let Some(configuration) = self.configuration() {
            cluster = cluster.configuration(configuration);
        }
        let cfn = scope.add("Resource", cluster);
        let association = (!self.providers.is_empty()).then(|| {
            let strategy: Vec<_> = self.strategy.iter().map(CapacityProviderStrategy::for_cluster).collect();
            let providers: Vec<_> = self.providers.iter().map(CapacityProvider::name).collect();
            let association =
                CfnClusterCapacityProviderAssociations::new(cfn.id(), strategy).capacity_providers(providers);
            // The CDK gives it the id of the cluster.
            scope.add(scope.id(), association).scope().clone()
        });
        let (name, arn) = (cfn.id(), cfn.att(CfnCluster::ATTR_ARN));
        Cluster(Rc::new(Data {
            scope,
            cfn: Some(cfn),
            name,
            arn,
            vpc: self.vpc,
            exec: self.exec,
            providers: Some(self.providers),
            association,
        }))
    }
}
