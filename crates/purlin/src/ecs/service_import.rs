//! Imported services.

use purlin_construct::{HasScope, IntoValue, Scope, Value, intrinsics, sub};

use super::cluster::Cluster;
use super::service::FargateService;

/// An imported service.
#[derive(Debug, Clone)]
pub struct ImportedFargateService {
    scope: Scope,
    arn: Value<String>,
    name: Value<String>,
    cluster: Cluster,
}

impl FargateService {
    /// Imports a service of the stack's account and region, by its name.
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

    /// Imports a service by its ARN, which contains its cluster: `arn:..:service/cluster/name`.
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
                format!(
                    "the ARN of the service is `{}`, but AWS takes ARNs with the cluster",
                    arn.as_str().unwrap_or_default()
                ),
                "write it as `arn:aws:ecs:eu-west-1:111122223333:service/cluster/name`",
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

    /// The cluster.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }
}

impl HasScope for ImportedFargateService {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}
