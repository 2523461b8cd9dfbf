//! Target groups: the receivers of a balancer's requests.

use std::cell::RefCell;
use std::rc::Rc;

use purlin_cfn::elasticloadbalancingv2::CfnTargetGroup;
use purlin_construct::{HasScope, IntoValue, Ref, Scope, Value, intrinsics, sub};

use super::load_balancer::ApplicationLoadBalancer;
use super::target_group_props::ApplicationTargetGroupProps;
use crate::ec2::{Connections, Port, Vpc};

/// The receivers of a balancer's requests: the tasks of a service, instances, or a function.
///
/// ```
/// use std::time::Duration;
/// use purlin::ec2::Vpc;
/// use purlin::elbv2::{Action, ApplicationLoadBalancer, ApplicationTargetGroup, HealthCheck};
/// # purlin::testing::Template::of(|stack| {
/// let vpc = stack.add("Vpc", Vpc::props());
/// let alb = stack.add("Balancer", ApplicationLoadBalancer::props(&vpc).internet_facing());
/// let group = ApplicationTargetGroup::props(&vpc)
///     .health_check(HealthCheck::path("/health"))
///     .deregistration_delay(Duration::from_secs(10));
/// let app = stack.add("App", group);
/// alb.add_http_listener("Public", Action::forward(&app));
/// # });
/// ```
#[derive(Debug, Clone)]
pub struct ApplicationTargetGroup {
    scope: Scope,
    arn: Value<String>,
    full_name: Value<String>,
    name: Value<String>,
    cfn: Option<Ref<CfnTargetGroup>>,
    own_check_port: Option<u16>,
    wiring: Rc<RefCell<Wiring>>,
}

/// The balancers and targets that are connected by the group so far.
#[derive(Debug, Default)]
struct Wiring {
    attachments: Vec<Attachment>,
    targets: Vec<Target>,
}

#[derive(Debug, Clone)]
struct Attachment {
    balancer: ApplicationLoadBalancer,
    /// The listener or rule that forwards requests to the group.
    by: Scope,
    listener_arn: Value<String>,
}

#[derive(Debug, Clone)]
struct Target {
    connections: Connections,
    port: Port,
    dependent: Scope,
}

impl ApplicationTargetGroup {
    /// A group of addresses that receive HTTP on port 80, or on the port they register with.
    pub fn props(vpc: &Vpc) -> ApplicationTargetGroupProps {
        ApplicationTargetGroupProps::new(vpc)
    }

    pub(super) fn made(scope: Scope, cfn: Ref<CfnTargetGroup>, own_check_port: Option<u16>) -> Self {
        Self {
            scope,
            arn: cfn.id(),
            full_name: cfn.att(CfnTargetGroup::ATTR_TARGET_GROUP_FULL_NAME),
            name: cfn.att(CfnTargetGroup::ATTR_TARGET_GROUP_NAME),
            cfn: Some(cfn),
            own_check_port,
            wiring: Rc::default(),
        }
    }

    /// Imports a group by its ARN.
    #[track_caller]
    pub fn from_arn(scope: &impl HasScope, id: impl AsRef<str>, arn: impl IntoValue<String>) -> Self {
        let arn = arn.into_value();
        // `arn:partition:elasticloadbalancing:region:account:targetgroup/name/id`
        let resource = intrinsics::select(5, intrinsics::split(":", &arn));
        let name = intrinsics::select(1, intrinsics::split("/", &resource));
        Self {
            scope: scope.scope().child(id),
            arn,
            full_name: resource,
            name,
            cfn: None,
            own_check_port: None,
            wiring: Rc::default(),
        }
    }

    /// The raw resource; none for an imported group.
    pub fn cfn(&self) -> Option<&Ref<CfnTargetGroup>> {
        self.cfn.as_ref()
    }

    /// The ARN.
    pub fn arn(&self) -> Value<String> {
        self.arn.clone()
    }

    /// The last part of the ARN, which metrics use: `targetgroup/name/id`.
    pub fn full_name(&self) -> Value<String> {
        self.full_name.clone()
    }

    /// The name.
    pub fn name(&self) -> Value<String> {
        self.name.clone()
    }

    /// Connects a target, for constructs that register themselves, such as services.
    ///
    /// The target opens the port to every balancer that the group is attached to, now or later. The resources in
    /// `dependent` are created after the listener or rule that attaches the group: AWS refuses to register targets with
    /// a group that has no balancer.
    pub fn register_target(&self, connections: &Connections, port: Port, dependent: &Scope) {
        let target = Target { connections: connections.clone(), port, dependent: dependent.clone() };
        let known = self.wiring.borrow().attachments.clone();
        for attachment in &known {
            self.connect(attachment, &target);
        }
        self.wiring.borrow_mut().targets.push(target);
    }

    /// Attaches the group to the balancer of a listener or rule.
    pub(super) fn attach(&self, balancer: &ApplicationLoadBalancer, by: &Scope, listener_arn: &Value<String>) {
        let attachment = Attachment { balancer: balancer.clone(), by: by.clone(), listener_arn: listener_arn.clone() };
        let known = self.wiring.borrow().targets.clone();
        for target in &known {
            self.connect(&attachment, target);
        }
        self.wiring.borrow_mut().attachments.push(attachment);
    }

    fn connect(&self, attachment: &Attachment, target: &Target) {
        target.connections.allow_from(&attachment.balancer, target.port.clone(), "Load balancer to target");
        if let Some(port) = self.own_check_port.map(Port::tcp).filter(|port| *port != target.port) {
            target.connections.allow_from(&attachment.balancer, port, "Load balancer health checks");
        }
        target.dependent.depends_on(&attachment.by);
    }

    /// The resource label of autoscaling for the requests from the first balancer that the group is attached to:
    /// `app/balancer/id/targetgroup/group/id`. It refers to the listener, so scaling is created after it.
    ///
    /// A problem if the group is not attached yet.
    pub fn request_count_label(&self) -> Value<String> {
        let first = self.wiring.borrow().attachments.first().map(|attachment| attachment.listener_arn.clone());
        let Some(listener) = first else {
            self.scope.error(
                "the service scales by the requests of a target group that has no balancer",
                "give the group to a listener or rule, by `Action::forward(&group)`, before you scale by requests",
            );
            return self.full_name();
        };
        // `arn:partition:elasticloadbalancing:region:account:listener/app/balancer/id/listener`
        let part = |index| intrinsics::select(index, intrinsics::split("/", &listener));
        sub!("{}/{}/{}/{}", part(1), part(2), part(3), self.full_name())
    }
}

impl HasScope for ApplicationTargetGroup {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}
