//! Explains the health that a load balancer reports for a service's tasks.

/// A target of a group, and its health.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Target {
    /// An address, or the id of an instance.
    pub(crate) address: String,
    pub(crate) port: Option<i32>,
    /// Such as `unhealthy`.
    pub(crate) state: String,
    /// Such as `Target.Timeout`.
    pub(crate) reason: String,
    pub(crate) description: String,
}

/// The load balancer's health check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Check {
    /// Such as `HTTP`.
    pub(crate) protocol: String,
    pub(crate) path: Option<String>,
    /// `None` is the traffic port.
    pub(crate) port: Option<String>,
    /// The codes that count as healthy.
    pub(crate) expected: Option<String>,
    pub(crate) seconds: Option<i32>,
}

impl Target {
    pub(super) fn is_healthy(&self) -> bool {
        self.state == "healthy"
    }

    /// Why the target gets no traffic and what to do; `None` for healthy, starting and draining targets.
    pub(super) fn problem(&self, check: &Check) -> Option<String> {
        let request = check.request(self.port);
        let text = match self.reason.as_str() {
            "Target.ResponseCodeMismatch" => {
                let expected = check.expected.as_deref().unwrap_or("200");
                format!(
                    "{request} returns {}, expected {expected}: correct the path, or change the healthy codes",
                    codes_in(&self.description)
                )
            }
            "Target.Timeout" => {
                let seconds = check.seconds.map(|seconds| format!(" within {seconds} s")).unwrap_or_default();
                format!(
                    "{request} has no response{seconds}: allow the load balancer in the tasks' security group, listen \
                     on 0.0.0.0 instead of 127.0.0.1, and respond faster"
                )
            }
            "Target.FailedHealthChecks" => format!(
                "{request} fails: nothing accepts connections there, or not in that protocol; check the container's \
                 port and that the program listens on 0.0.0.0"
            ),
            "Target.NotInUse" if self.description.to_ascii_lowercase().contains("availability zone") => {
                "the task runs in an availability zone that the load balancer is not enabled for".to_owned()
            }
            "Target.NotInUse" => {
                "no listener forwards to the target group: add a rule, or make the service depend on the existing one"
                    .to_owned()
            }
            "Target.IpUnusable" => "the load balancer itself uses the task's address: deploy again".to_owned(),
            "Target.InvalidState" => "the target is stopped".to_owned(),
            "Elb.InternalError" => {
                "the load balancer has an internal error: wait, or see the AWS Health Dashboard".to_owned()
            }
            "Target.NotRegistered" | "Target.DeregistrationInProgress" | "Target.HealthCheckDisabled" => return None,
            reason if reason.starts_with("Elb.") || reason.is_empty() => return None,
            other => format!("{other}: {}", self.description),
        };
        Some(text)
    }
}

impl Check {
    /// Such as ``the health check `GET /health` (port 8080)``.
    fn request(&self, port: Option<i32>) -> String {
        let port = self.port.clone().or_else(|| port.map(|port| port.to_string()));
        let port = port.map(|port| format!(" (port {port})")).unwrap_or_default();
        match &self.path {
            Some(path) => format!("the health check `GET {path}`{port}"),
            None if self.protocol.is_empty() => format!("the health check{port}"),
            None => format!("the health check by {}{port}", self.protocol),
        }
    }
}

/// The codes in `Health checks failed with these codes: [404]`.
fn codes_in(description: &str) -> String {
    let codes = description.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map(|(codes, _)| codes.trim());
    codes.filter(|codes| !codes.is_empty()).unwrap_or("another code").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_explained() {
        let check = Check {
            protocol: "HTTP".into(),
            path: Some("/health".into()),
            port: None,
            expected: Some("200-299".into()),
            seconds: Some(5),
        };
        // Reasons and descriptions are those of the API reference.
        let cases = [
            (
                "Target.ResponseCodeMismatch",
                "Health checks failed with these codes: [404]",
                Some("the health check `GET /health` (port 8080) returns 404, expected 200-299"),
            ),
            ("Target.Timeout", "Request timed out", Some("has no response within 5 s")),
            ("Target.FailedHealthChecks", "Health checks failed", Some("nothing accepts connections there")),
            (
                "Target.NotInUse",
                "Target group is not configured to receive traffic from the load balancer",
                Some("no listener forwards"),
            ),
            (
                "Target.NotInUse",
                "Target is in an Availability Zone that is not enabled for the load balancer",
                Some("availability zone that the load balancer is not enabled for"),
            ),
            ("Elb.InternalError", "", Some("internal error")),
            ("Elb.InitialHealthChecking", "Initial health checks in progress", None),
            ("Elb.RegistrationInProgress", "Target registration is in progress", None),
            ("Target.DeregistrationInProgress", "Target deregistration is in progress", None),
            ("", "", None),
            ("Target.New", "something new", Some("Target.New: something new")),
        ];
        for (reason, description, expected) in cases {
            let target = Target {
                reason: reason.into(),
                description: description.into(),
                port: Some(8080),
                ..Target::default()
            };
            let found = target.problem(&check);
            assert_eq!(found.is_some(), expected.is_some(), "{reason}");
            assert!(found.unwrap_or_default().contains(expected.unwrap_or_default()), "{reason}: {description}");
        }
    }
}
