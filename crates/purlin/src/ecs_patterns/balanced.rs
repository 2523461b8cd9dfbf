//! A service on Fargate behind a load balancer.

use std::time::Duration;

use purlin_construct::{CfnOutput, Construct, HasScope, Scope, Value, sub};

use super::balanced_props::{ApplicationLoadBalancedFargateServiceProps, Home, RecordType, Site, changed};
use super::task_image::TaskImage;
use crate::certificatemanager::Certificate;
use crate::ec2::{Connectable, Connections, Vpc};
use crate::ecs::{Cluster, ContainerDefinition, FargateService, FargateTaskDefinition, LogDriver};
use crate::elbv2::{
    Action, ApplicationLoadBalancer, ApplicationTargetGroup, FixedResponse, HttpListener, HttpsListener, Redirect,
};
use crate::route53::{ARecord, CnameRecord, RecordTarget};

/// The default deregistration delay.
const DEREGISTRATION_DELAY: Duration = Duration::from_secs(10);

/// A service on Fargate behind an application load balancer. Network, cluster, task, balancer, certificate and DNS record
/// are created unless given.
///
/// ```
/// use purlin::ecs::ContainerImage;
/// use purlin::ecs_patterns::{ApplicationLoadBalancedFargateService, TaskImage};
/// use purlin::{App, Stack};
///
/// let app = App::new();
/// let stack = app.add("Web", Stack::props());
/// let image = TaskImage::new(ContainerImage::from_registry("public.ecr.aws/nginx/nginx:1.29"));
/// let web = stack.add(
///     "Service",
///     ApplicationLoadBalancedFargateService::props(image).service(|service| service.desired_count(2)),
/// );
/// let url = web.url();
/// ```
#[derive(Debug, Clone)]
pub struct ApplicationLoadBalancedFargateService {
    scope: Scope,
    cluster: Cluster,
    task: FargateTaskDefinition,
    container: ContainerDefinition,
    service: FargateService,
    balancer: ApplicationLoadBalancer,
    listener: PublicListener,
    target_group: ApplicationTargetGroup,
    certificate: Option<Certificate>,
    url: Value<String>,
}

/// The listener of a service.
#[derive(Debug, Clone)]
pub enum PublicListener {
    /// HTTP: the service has neither a site nor a certificate.
    Http(HttpListener),
    /// HTTPS.
    Https(HttpsListener),
}

impl ApplicationLoadBalancedFargateService {
    /// A service of this container. Its balancer is internet-facing and forwards all requests to it.
    pub fn props(image: TaskImage) -> ApplicationLoadBalancedFargateServiceProps {
        ApplicationLoadBalancedFargateServiceProps::new(image)
    }

    /// The cluster.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// The task definition.
    pub fn task_definition(&self) -> &FargateTaskDefinition {
        &self.task
    }

    /// The container.
    pub fn container(&self) -> &ContainerDefinition {
        &self.container
    }

    /// The service.
    pub fn service(&self) -> &FargateService {
        &self.service
    }

    /// The load balancer.
    pub fn load_balancer(&self) -> &ApplicationLoadBalancer {
        &self.balancer
    }

    /// The listener.
    pub fn listener(&self) -> &PublicListener {
        &self.listener
    }

    /// The target group of the tasks.
    pub fn target_group(&self) -> &ApplicationTargetGroup {
        &self.target_group
    }

    /// The certificate; none for an HTTP listener.
    pub fn certificate(&self) -> Option<&Certificate> {
        self.certificate.as_ref()
    }

    /// The URL of the service: with the host of the site, else with the balancer's DNS name.
    pub fn url(&self) -> Value<String> {
        self.url.clone()
    }
}

impl HasScope for ApplicationLoadBalancedFargateService {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}

impl Connectable for ApplicationLoadBalancedFargateService {
    fn connections(&self) -> Connections {
        self.service.connections()
    }
}

impl Construct for ApplicationLoadBalancedFargateServiceProps {
    type Handle = ApplicationLoadBalancedFargateService;

    fn build(mut self, scope: Scope) -> ApplicationLoadBalancedFargateService {
        self.site = self.site.map(|site| site.checked(&scope));
        self.check(&scope);
        let cluster = cluster(&scope, &self.home);
        let balancer = self.balancer(&scope, cluster.vpc());
        let certificate = self.certificate.take().or_else(|| certificate(&scope, self.site.as_ref()));
        let listener = self.listener(&balancer, certificate.as_ref());
        let target_group = self.target_group_in(&scope, &listener, cluster.vpc());
        if self.forwards_by_default {
            listener.forward_to(&target_group);
        }
        if self.redirects && certificate.is_some() && self.existing_balancer.is_none() {
            let port = self.listener_port.unwrap_or(443);
            let redirect = HttpListener::props(Redirect::to_https().port(port));
            let redirect = if self.is_closed { redirect.closed() } else { redirect };
            balancer.add_listener("PublicRedirectListener", redirect).scope().depends_on(listener.scope());
        }
        let host = record(&scope, self.site.as_ref(), self.record, &balancer);

        let task = scope.add("TaskDef", changed(FargateTaskDefinition::props(), self.task.take()));
        let container = self.image.container().logging(LogDriver::aws_logs(name_of(&scope)));
        let container = task.add_container("web", changed(container, self.container.take()));
        let service = scope.add("Service", changed(FargateService::props(&cluster, &task), self.service.take()));
        service.attach_to_target_group(&target_group);

        let (protocol, usual) = if certificate.is_some() { ("https", 443) } else { ("http", 80) };
        let port = self.listener_port.filter(|port| *port != usual).map(|port| format!(":{port}")).unwrap_or_default();
        let url = sub!("{}://{}{}", protocol, host, port);
        scope.add("LoadBalancerDNS", CfnOutput::new(balancer.dns_name()));
        scope.add("ServiceURL", CfnOutput::new(&url));
        ApplicationLoadBalancedFargateService {
            scope,
            cluster,
            task,
            container,
            service,
            balancer,
            listener,
            target_group,
            certificate,
            url,
        }
    }
}

/// The id that the user gave: that of the parent for `Default`.
fn name_of(scope: &Scope) -> String {
    let own = scope.id();
    match scope.parent() {
        Some(parent) if own == "Default" => name_of(&parent),
        _ => own,
    }
}

fn cluster(scope: &Scope, home: &Home) -> Cluster {
    match home {
        Home::Cluster(cluster) => cluster.clone(),
        Home::Vpc(vpc) => scope.add("Cluster", Cluster::props(vpc)),
        Home::New => {
            let vpc = scope.add("Vpc", Vpc::props());
            scope.add("Cluster", Cluster::props(&vpc))
        }
    }
}

fn certificate(scope: &Scope, site: Option<&Site>) -> Option<Certificate> {
    let site = site?;
    Some(scope.add("Certificate", Certificate::props(&site.host).validation_from_dns(&site.zone)))
}

/// Adds the record; returns the host name of the service.
fn record(scope: &Scope, site: Option<&Site>, kind: RecordType, balancer: &ApplicationLoadBalancer) -> Value<String> {
    let Some(site) = site else { return balancer.dns_name() };
    match kind {
        RecordType::Alias => {
            let target = RecordTarget::alias(balancer.alias_target());
            scope.add("DNS", ARecord::props(&site.zone, target).record_name(&site.host));
        }
        RecordType::Cname => {
            scope.add("DNS", CnameRecord::props(&site.zone, balancer.dns_name()).record_name(&site.host));
        }
        RecordType::None => (),
    }
    site.host.clone()
}

impl ApplicationLoadBalancedFargateServiceProps {
    /// Reports settings that have no effect.
    fn check(&self, scope: &Scope) {
        let is_https = self.site.is_some() || self.certificate.is_some();
        let is_given = self.existing_balancer.is_some();
        let without_effect = [
            ("a record type", self.record != RecordType::default() && self.site.is_none(), "no site"),
            ("a TLS policy", self.ssl_policy.is_some() && !is_https, "an HTTP listener"),
            ("no redirect to HTTPS", !self.redirects && !is_https, "an HTTP listener"),
            (
                "no redirect to HTTPS",
                !self.redirects && is_https && is_given,
                "an existing load balancer, which gets none",
            ),
            ("an internal load balancer", self.is_internal && is_given, "an existing load balancer"),
            ("a change to the load balancer", self.load_balancer.is_some() && is_given, "an existing load balancer"),
        ];
        for (what, _, because) in without_effect.into_iter().filter(|(_, is_wrong, _)| *is_wrong) {
            scope.error(
                format!("the service is given {what}, which has no effect: it has {because}"),
                "leave it out, or give the service a site or certificate, or no existing load balancer",
            );
        }
    }

    fn balancer(&mut self, scope: &Scope, vpc: &Vpc) -> ApplicationLoadBalancer {
        if let Some(existing) = &self.existing_balancer {
            return existing.clone();
        }
        let balancer = ApplicationLoadBalancer::props(vpc);
        let balancer = if self.is_internal { balancer } else { balancer.internet_facing() };
        scope.add("LB", changed(balancer, self.load_balancer.take()))
    }

    /// The listener, which answers 404 until `forward_to` is called.
    fn listener(&self, balancer: &ApplicationLoadBalancer, certificate: Option<&Certificate>) -> PublicListener {
        const ID: &str = "PublicListener";
        let nowhere = || Action::fixed_response(FixedResponse::status(404).text("There is nothing here."));
        let Some(certificate) = certificate else {
            let mut listener = HttpListener::props(nowhere());
            if let Some(port) = self.listener_port {
                listener = listener.port(port);
            }
            let listener = if self.is_closed { listener.closed() } else { listener };
            return PublicListener::Http(balancer.add_listener(ID, listener));
        };
        let mut listener = HttpsListener::props(certificate, nowhere());
        if let Some(port) = self.listener_port {
            listener = listener.port(port);
        }
        if let Some(policy) = self.ssl_policy.clone() {
            listener = listener.ssl_policy(policy);
        }
        let listener = if self.is_closed { listener.closed() } else { listener };
        PublicListener::Https(balancer.add_listener(ID, listener))
    }

    fn target_group_in(&mut self, scope: &Scope, listener: &PublicListener, vpc: &Vpc) -> ApplicationTargetGroup {
        let mut group = changed(ApplicationTargetGroup::props(vpc), self.target_group.take());
        if let Some(delay) = self.deregistration_delay {
            group = group.deregistration_delay(delay);
        } else if !group.has_deregistration_delay()
            && scope.patch(
                "deregistration-delay",
                "deregistration delay 10 s (AWS default 300 s)",
                "faster deployments",
            )
        {
            group = group.deregistration_delay(DEREGISTRATION_DELAY);
        }
        listener.scope().add("ECSGroup", group)
    }
}

impl PublicListener {
    fn forward_to(&self, group: &ApplicationTargetGroup) {
        match self {
            Self::Http(listener) => listener.set_default_action(Action::forward(group)),
            Self::Https(listener) => listener.set_default_action(Action::forward(group)),
        }
    }
}

impl HasScope for PublicListener {
    fn scope(&self) -> &Scope {
        match self {
            Self::Http(listener) => listener.scope(),
            Self::Https(listener) => listener.scope(),
        }
    }
}
