//! A service that exists already.

use purlin_construct::{HasScope, IntoValue, Scope, Value, intrinsics, sub};

use super::cluster::Cluster;
use super::service::FargateService;

/// A service that exists already, of this app or another's.
#[derive(Debug, Clone)]
pub struct ImportedFargateService {
    scope: Scope,
    arn: Value<String>,
    name: Value<String>,
    cluster: Cluster,
}

impl FargateService {
    /// A service that exists, of the stack's account and region, by its name.
    #[track_caller]
    pub fn from_name(
        scope: &impl HasScope,
        id: impl AsRef<str>,
        name: impl IntoValue<String>,
        cluster: &Cluster,
    ) -> ImportedFargateService {
        let (scope, name) = (scope.scope().child(id), name.into_value());
        let arn = scope.arn("ecs", sub!("service/{}/{}", cluster.name(), name));
        ImportedFargateService { scope, arn, name, cluster: cluster.clone() }
    }

    /// A service that exists, by its ARN, which names its cluster: `arn:..:service/cluster/name`.
    #[track_caller]
    pub fn from_arn(
        scope: &impl HasScope,
        id: impl AsRef<str>,
        arn: impl IntoValue<String>,
        cluster: &Cluster,
    ) -> ImportedFargateService {
        let (scope, arn) = (scope.scope().child(id), arn.into_value());
        let parts = arn.as_str().map(|arn| arn.split('/').count());
        if parts.is_some_and(|parts| parts != 3) {
            scope.error(
                format!("`{}` is not the ARN of a service with its cluster", arn.as_str().unwrap_or_default()),
                "it looks like `arn:aws:ecs:eu-west-1:111122223333:service/cluster/name`",
            );
        }
        let name = intrinsics::select(2, intrinsics::split("/", &arn));
        ImportedFargateService { scope, arn, name, cluster: cluster.clone() }
    }
}

impl ImportedFargateService {
    /// The service's ARN.
    pub fn arn(&self) -> Value<String> {
        self.arn.clone()
    }

    /// The service's name.
    pub fn name(&self) -> Value<String> {
        self.name.clone()
    }

    /// The cluster it runs in.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }
}

impl HasScope for ImportedFargateService {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}
