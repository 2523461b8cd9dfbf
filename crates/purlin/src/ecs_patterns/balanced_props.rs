//! The recipe of a service behind a load balancer.

use std::fmt;
use std::time::Duration;

use purlin_construct::{IntoValue, Scope, Value, Word};

use super::task_image::TaskImage;
use crate::certificatemanager::Certificate;
use crate::ec2::Vpc;
use crate::ecs::{Cluster, ContainerDefinitionProps, FargateServiceProps, FargateTaskDefinitionProps};
use crate::elbv2::{ApplicationLoadBalancer, ApplicationLoadBalancerProps, ApplicationTargetGroupProps, SslPolicy};
use crate::route53::HostedZone;
use crate::route53::domain_name::{self, Allowed};

/// A change to the recipe of a part.
pub(super) type Change<P> = Option<Box<dyn FnOnce(P) -> P>>;

/// Applies a change, if there is one.
pub(super) fn changed<P>(recipe: P, change: Change<P>) -> P {
    match change {
        Some(change) => change(recipe),
        None => recipe,
    }
}

/// A host name and the hosted zone of its records: `("app.example.com", &zone)`.
#[derive(Debug, Clone)]
pub struct Site {
    /// The host name, in lower case.
    pub host: Value<String>,
    /// The zone.
    pub zone: HostedZone,
}

impl Site {
    /// The site, with its host name as browsers send it. A mistake in the name is reported here, and not again by the
    /// certificate, the record and the login: a name that DNS does not allow is replaced by the zone's.
    pub(super) fn checked(&self, scope: &Scope) -> Self {
        let Some(host) = self.host.as_str() else { return self.clone() };
        let normal = domain_name::normal(host);
        if let Some((message, hint)) = domain_name::mistake(&normal, Allowed::Wildcard) {
            scope.error(message, hint);
            return Self { host: self.zone.name(), ..self.clone() };
        }
        if normal != host {
            scope.error(
                format!("the host of the site is `{host}`, but browsers send `{normal}`"),
                format!("write `{normal}`"),
            );
        }
        Self { host: normal.into_value(), ..self.clone() }
    }
}

impl<H: IntoValue<String>> From<(H, &HostedZone)> for Site {
    fn from((host, zone): (H, &HostedZone)) -> Self {
        Self { host: host.into_value(), zone: zone.clone() }
    }
}

/// The DNS record of a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RecordType {
    /// An alias record, free of charge.
    #[default]
    Alias,
    /// A `CNAME` record; not possible for the zone's own name.
    Cname,
    /// None: you declare the record elsewhere.
    None,
}

/// The cluster of a service.
#[derive(Debug, Clone)]
pub(super) enum Home {
    /// A new cluster in a new network.
    New,
    /// A new cluster in a network.
    Vpc(Vpc),
    Cluster(Cluster),
}

/// The recipe of an [`ApplicationLoadBalancedFargateService`](super::ApplicationLoadBalancedFargateService).
#[must_use = "a recipe does nothing until it is added to a scope"]
#[expect(clippy::struct_excessive_bools, reason = "each is what one setter turns on or off")]
pub struct ApplicationLoadBalancedFargateServiceProps {
    pub(super) image: TaskImage,
    pub(super) home: Home,
    pub(super) site: Option<Site>,
    pub(super) record: RecordType,
    pub(super) certificate: Option<Certificate>,
    pub(super) redirects: bool,
    pub(super) is_internal: bool,
    pub(super) is_closed: bool,
    pub(super) listener_port: Option<u16>,
    pub(super) ssl_policy: Option<Word<SslPolicy>>,
    pub(super) deregistration_delay: Option<Duration>,
    pub(super) existing_balancer: Option<ApplicationLoadBalancer>,
    pub(super) task: Change<FargateTaskDefinitionProps>,
    pub(super) container: Change<ContainerDefinitionProps>,
    pub(super) service: Change<FargateServiceProps>,
    pub(super) load_balancer: Change<ApplicationLoadBalancerProps>,
    pub(super) target_group: Change<ApplicationTargetGroupProps>,
    /// Whether requests that match no rule are forwarded; a login sets it to false.
    pub(super) forwards_by_default: bool,
}

impl ApplicationLoadBalancedFargateServiceProps {
    pub(super) fn new(image: TaskImage) -> Self {
        Self {
            image,
            home: Home::New,
            site: None,
            record: RecordType::default(),
            certificate: None,
            redirects: true,
            is_internal: false,
            is_closed: false,
            listener_port: None,
            ssl_policy: None,
            deregistration_delay: None,
            existing_balancer: None,
            task: None,
            container: None,
            service: None,
            load_balancer: None,
            target_group: None,
            forwards_by_default: true,
        }
    }

    /// The cluster of the service; a new one unless given.
    pub fn cluster(self, cluster: &Cluster) -> Self {
        Self { home: Home::Cluster(cluster.clone()), ..self }
    }

    /// The network of a new cluster for the service; a new network unless given.
    pub fn vpc(self, vpc: &Vpc) -> Self {
        Self { home: Home::Vpc(vpc.clone()), ..self }
    }

    /// The host name of the service with its zone: `.site(("app.example.com", &zone))`.
    ///
    /// The service then has a DNS record, an HTTPS listener, and a certificate validated by DNS unless one is given.
    /// Without a site or a certificate it has an HTTP listener.
    pub fn site(self, site: impl Into<Site>) -> Self {
        Self { site: Some(site.into()), ..self }
    }

    /// The type of the site's DNS record; an alias unless given.
    pub fn record_type(self, record: RecordType) -> Self {
        Self { record, ..self }
    }

    /// The certificate; the listener is then HTTPS.
    pub fn certificate(self, certificate: &Certificate) -> Self {
        Self { certificate: Some(certificate.clone()), ..self }
    }

    /// Leaves port 80 closed. By default, a service with an HTTPS listener redirects browsers from port 80 to it.
    pub fn without_redirect(self) -> Self {
        Self { redirects: false, ..self }
    }

    /// The balancer is reachable from inside the network only.
    pub fn internal(self) -> Self {
        Self { is_internal: true, ..self }
    }

    /// Leaves the listener's port closed; open it by the balancer's connections.
    pub fn closed(self) -> Self {
        Self { is_closed: true, ..self }
    }

    /// The port of the listener; 443 for HTTPS and 80 for HTTP unless given.
    pub fn listener_port(self, port: u16) -> Self {
        Self { listener_port: Some(port), ..self }
    }

    /// The TLS versions and ciphers of the HTTPS listener.
    pub fn ssl_policy(self, policy: Word<SslPolicy>) -> Self {
        Self { ssl_policy: Some(policy), ..self }
    }

    /// How long a stopping task may finish its requests: 0 to 3600 seconds.
    ///
    /// 10 seconds unless given (patch `deregistration-delay`); AWS's default is 300
    /// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html>).
    pub fn deregistration_delay(self, delay: Duration) -> Self {
        Self { deregistration_delay: Some(delay), ..self }
    }

    /// Adds the listener to an existing balancer, instead of a new one.
    pub fn load_balancer_of(self, balancer: &ApplicationLoadBalancer) -> Self {
        Self { existing_balancer: Some(balancer.clone()), ..self }
    }

    /// Changes the recipe of the task: `.task(|task| task.cpu(512).memory_mib(1024))`.
    pub fn task(self, change: impl FnOnce(FargateTaskDefinitionProps) -> FargateTaskDefinitionProps + 'static) -> Self {
        Self { task: Some(Box::new(change)), ..self }
    }

    /// Changes the recipe of the container.
    pub fn container(
        self,
        change: impl FnOnce(ContainerDefinitionProps) -> ContainerDefinitionProps + 'static,
    ) -> Self {
        Self { container: Some(Box::new(change)), ..self }
    }

    /// Changes the recipe of the service: `.service(|service| service.desired_count(2))`.
    pub fn service(self, change: impl FnOnce(FargateServiceProps) -> FargateServiceProps + 'static) -> Self {
        Self { service: Some(Box::new(change)), ..self }
    }

    /// Changes the recipe of the balancer: `.load_balancer(|balancer| balancer.deletion_protection())`.
    pub fn load_balancer(
        self,
        change: impl FnOnce(ApplicationLoadBalancerProps) -> ApplicationLoadBalancerProps + 'static,
    ) -> Self {
        Self { load_balancer: Some(Box::new(change)), ..self }
    }

    /// Changes the recipe of the target group: `.target_group(|group| group.health_check(HealthCheck::path("/health")))`.
    pub fn target_group(
        self,
        change: impl FnOnce(ApplicationTargetGroupProps) -> ApplicationTargetGroupProps + 'static,
    ) -> Self {
        Self { target_group: Some(Box::new(change)), ..self }
    }
}

impl fmt::Debug for ApplicationLoadBalancedFargateServiceProps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApplicationLoadBalancedFargateServiceProps")
            .field("image", &self.image)
            .field("home", &self.home)
            .field("site", &self.site)
            .finish_non_exhaustive()
    }
}
