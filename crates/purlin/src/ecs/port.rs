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

/// What a named port speaks; Service Connect and VPC Lattice look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppProtocol {
    /// HTTP/1.1.
    Http,
    /// HTTP/2.
    Http2,
    /// gRPC.
    Grpc,
}

/// A port that a container listens on. A task of Fargate has its own network interface: the port is the same outside.
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

    /// Every port from the first to the last.
    pub const fn range(first: u16, last: u16, protocol: Protocol) -> Self {
        Self::new(first, last, protocol)
    }

    /// A name for the port, by which Service Connect and VPC Lattice know it.
    pub fn name(self, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    /// What the port speaks: plain TCP unless given.
    pub fn app_protocol(self, protocol: AppProtocol) -> Self {
        Self { app_protocol: Some(protocol), ..self }
    }

    /// The port; the first one of a range.
    pub const fn port(&self) -> u16 {
        self.first
    }

    /// Whether this port is the mapping's, or one of its range.
    pub(super) fn covers(&self, port: u16, protocol: Protocol) -> bool {
        self.protocol == protocol && (self.first..=self.last).contains(&port)
    }

    /// Whether two mappings want a port of the task's one network interface.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.protocol == other.protocol && self.first <= other.last && other.first <= self.last
    }

    pub(super) fn is_tcp(&self) -> bool {
        self.protocol == Protocol::Tcp
    }

    pub(super) fn port_name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// What is wrong with it, and what to do.
    pub(super) fn mistake(&self) -> Option<(String, &'static str)> {
        if self.first == 0 || self.last < self.first {
            return Some((
                format!(
                    "a container's ports go from {} to {}, allowed are ports from 1 to 65535, in order",
                    self.first, self.last
                ),
                "name the port the program in the container listens on",
            ));
        }
        if self.app_protocol.is_some() && (self.name.is_none() || !self.is_tcp()) {
            return Some((
                format!("the port {} says what it speaks, but has no name or is not TCP", self.first),
                "give it a `.name(\"web\")`, or leave `.app_protocol(..)` out: it is for Service Connect",
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
