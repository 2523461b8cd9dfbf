//! The ports of a container.

use purlin_cfn::ecs::{TaskDefinitionPortMapping, TaskDefinitionPortMappingAppProtocol};
use purlin_construct::Word;

/// The transport protocol of a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

impl Protocol {
    const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

/// The application protocol of a named port, for Service Connect and VPC Lattice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppProtocol {
    /// HTTP/1.1.
    Http,
    /// HTTP/2.
    Http2,
    /// gRPC.
    Grpc,
}

/// A port of a container. A Fargate task has its own network interface: the port is the same outside the task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortMapping {
    first: u16,
    last: u16,
    protocol: Protocol,
    name: Option<String>,
    app_protocol: Option<AppProtocol>,
}

impl PortMapping {
    const fn new(first: u16, last: u16, protocol: Protocol) -> Self {
        Self { first, last, protocol, name: None, app_protocol: None }
    }

    /// A TCP port.
    pub const fn tcp(port: u16) -> Self {
        Self::new(port, port, Protocol::Tcp)
    }

    /// A UDP port.
    pub const fn udp(port: u16) -> Self {
        Self::new(port, port, Protocol::Udp)
    }

    /// All ports from the first to the last.
    pub const fn range(first: u16, last: u16, protocol: Protocol) -> Self {
        Self::new(first, last, protocol)
    }

    /// A name for the port, which Service Connect and VPC Lattice use.
    pub fn name(self, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    /// The application protocol: plain TCP unless given.
    pub fn app_protocol(self, protocol: AppProtocol) -> Self {
        Self { app_protocol: Some(protocol), ..self }
    }

    /// The port; the first one of a range.
    pub const fn port(&self) -> u16 {
        self.first
    }

    /// Whether the mapping contains this port.
    pub(super) fn covers(&self, port: u16, protocol: Protocol) -> bool {
        self.protocol == protocol && (self.first..=self.last).contains(&port)
    }

    /// Whether two mappings have a port in common.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.protocol == other.protocol && self.first <= other.last && other.first <= self.last
    }

    pub(super) fn is_tcp(&self) -> bool {
        self.protocol == Protocol::Tcp
    }

    pub(super) fn port_name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The mistake in the mapping, and what to do.
    pub(super) fn mistake(&self) -> Option<(String, &'static str)> {
        if self.first == 0 || self.last < self.first {
            return Some((
                format!(
                    "the container's ports are {} to {}, but AWS takes ports from 1 to 65535, in order",
                    self.first, self.last
                ),
                "give the port on which the program in the container listens",
            ));
        }
        if self.app_protocol.is_some() && (self.name.is_none() || !self.is_tcp()) {
            return Some((
                format!("the port {} has an application protocol, but no name, or is not TCP", self.first),
                "add `.name(\"web\")`, or leave `.app_protocol(..)` out: it is for Service Connect",
            ));
        }
        None
    }

    /// `tcp/8080`, for messages.
    pub(super) fn text(&self) -> String {
        let protocol = self.protocol.name();
        if self.first == self.last {
            format!("{protocol}/{}", self.first)
        } else {
            format!("{protocol}/{}-{}", self.first, self.last)
        }
    }

    pub(super) fn render(&self) -> TaskDefinitionPortMapping {
        let mut mapping = TaskDefinitionPortMapping::new().protocol(Word::known(self.protocol.name()));
        mapping = if self.first == self.last {
            mapping.container_port(self.first)
        } else {
            mapping.container_port_range(format!("{}-{}", self.first, self.last))
        };
        if let Some(name) = &self.name {
            mapping = mapping.name(name);
        }
        match self.app_protocol {
            Some(AppProtocol::Http) => mapping.app_protocol(TaskDefinitionPortMappingAppProtocol::HTTP),
            Some(AppProtocol::Http2) => mapping.app_protocol(TaskDefinitionPortMappingAppProtocol::HTTP2),
            Some(AppProtocol::Grpc) => mapping.app_protocol(TaskDefinitionPortMappingAppProtocol::GRPC),
            None => mapping,
        }
    }
}
