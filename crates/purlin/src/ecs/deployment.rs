//! Deployments of a service: how it replaces its tasks.

use purlin_cfn::ecs::{
    ServiceDeploymentAlarms, ServiceDeploymentCircuitBreaker, ServiceDeploymentConfiguration,
    ServiceDeploymentController, ServiceDeploymentControllerType,
};
use purlin_construct::{IntoValue, Scope, Value};

/// What happens when new tasks keep failing
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CircuitBreaker {
    /// The deployment fails, and the service returns to the last successful one.
    Rollback,
    /// The deployment fails, and the service stays as it is.
    Fail,
    /// The deployment keeps trying; CloudFormation stops after three hours.
    Off,
}

/// The controller that replaces the tasks of a service
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-types.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeploymentController {
    /// ECS, a few tasks at a time.
    Ecs,
    /// AWS CodeDeploy, from one target group to another. It deploys revisions; the stack creates only the first.
    CodeDeploy,
}

/// CloudWatch alarms that stop a deployment
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html>).
#[derive(Debug, Clone)]
#[must_use = "alarms do nothing until they are given to a service"]
pub struct DeploymentAlarms {
    names: Vec<Value<String>>,
    rollback: bool,
}

impl DeploymentAlarms {
    /// If one of these alarms is raised, the deployment fails and the service returns to the last successful one.
    pub fn rollback_on<A: IntoValue<String>>(alarm_names: impl IntoIterator<Item = A>) -> Self {
        Self { names: alarm_names.into_iter().map(IntoValue::into_value).collect(), rollback: true }
    }

    /// If one of these alarms is raised, the deployment fails and the service stays as it is.
    pub fn fail_on<A: IntoValue<String>>(alarm_names: impl IntoIterator<Item = A>) -> Self {
        Self { rollback: false, ..Self::rollback_on(alarm_names) }
    }
}

/// How the tasks of a service are replaced.
#[derive(Debug, Clone)]
pub(super) struct Deployment {
    pub(super) breaker: Option<CircuitBreaker>,
    pub(super) controller: Option<DeploymentController>,
    pub(super) alarms: Option<DeploymentAlarms>,
    pub(super) min_healthy_percent: u32,
    pub(super) max_percent: u32,
}

impl Default for Deployment {
    fn default() -> Self {
        Self { breaker: None, controller: None, alarms: None, min_healthy_percent: 100, max_percent: 200 }
    }
}

impl Deployment {
    pub(super) fn is_by_code_deploy(&self) -> bool {
        self.controller == Some(DeploymentController::CodeDeploy)
    }

    pub(super) fn check(&self, scope: &Scope) {
        let (min, max) = (self.min_healthy_percent, self.max_percent);
        if min >= max {
            scope.error(
                format!(
                    "between {min} % and {max} % of the service's tasks run during a deployment, so none can be replaced"
                ),
                "set `.min_healthy_percent(..)` below `.max_percent(..)`; 100 and 200 are the defaults",
            );
        }
        if max < 100 {
            scope.warning(
                format!("at most {max} % of the service's tasks run during a deployment, fewer than the desired count"),
                "set `.max_percent(..)` to 100 or more; 200 is the default",
            );
        }
        let by_ecs = [
            (self.breaker.is_some_and(|breaker| breaker != CircuitBreaker::Off), "a circuit breaker"),
            (self.alarms.is_some(), "deployment alarms"),
        ];
        for (_, what) in by_ecs.into_iter().filter(|(is_set, _)| *is_set && self.is_by_code_deploy()) {
            scope.error(
                format!("the service has {what}, but is deployed by CodeDeploy, which ignores it"),
                "leave it out and configure the deployment group, or leave `DeploymentController::CodeDeploy` out",
            );
        }
        if self.alarms.as_ref().is_some_and(|alarms| alarms.names.is_empty()) {
            scope.error("the deployment alarms are empty", "give some, or leave `.deployment_alarms(..)` out");
        }
    }

    pub(super) fn render(&self) -> ServiceDeploymentConfiguration {
        let mut configuration = ServiceDeploymentConfiguration::new()
            .minimum_healthy_percent(self.min_healthy_percent)
            .maximum_percent(self.max_percent);
        let breaker = match self.breaker {
            Some(CircuitBreaker::Off) => None,
            None if self.is_by_code_deploy() => None,
            None | Some(CircuitBreaker::Rollback) => Some(true),
            Some(CircuitBreaker::Fail) => Some(false),
        };
        if let Some(rollback) = breaker {
            configuration =
                configuration.deployment_circuit_breaker(ServiceDeploymentCircuitBreaker::new(true, rollback));
        }
        match &self.alarms {
            Some(alarms) => {
                let alarms = ServiceDeploymentAlarms::new(alarms.names.clone(), true, alarms.rollback);
                configuration.alarms(alarms)
            }
            None => configuration,
        }
    }

    pub(super) fn render_controller(&self) -> Option<ServiceDeploymentController> {
        let kind = match self.controller? {
            DeploymentController::Ecs => ServiceDeploymentControllerType::ECS,
            DeploymentController::CodeDeploy => ServiceDeploymentControllerType::CODE_DEPLOY,
        };
        Some(ServiceDeploymentController::new().type_(kind))
    }
}
