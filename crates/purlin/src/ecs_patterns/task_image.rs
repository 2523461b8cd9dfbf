//! The container of a service: image, port and environment.

use purlin_construct::{IntoValue, Value};

use crate::ecs::{ContainerDefinition, ContainerDefinitionProps, ContainerImage, Secret};

/// The container a service runs: its image, port and environment.
#[derive(Debug, Clone)]
#[must_use = "an image does nothing until it is given to a service"]
pub struct TaskImage {
    image: ContainerImage,
    name: String,
    pub(super) port: u16,
    environment: Vec<(String, Value<String>)>,
    secrets: Vec<(String, Secret)>,
}

impl TaskImage {
    /// An image whose container is named `web` and listens on port 80.
    pub fn new(image: impl Into<ContainerImage>) -> Self {
        Self { image: image.into(), name: "web".to_owned(), port: 80, environment: Vec::new(), secrets: Vec::new() }
    }

    /// The port the container listens on; 80 unless given.
    pub fn container_port(self, port: u16) -> Self {
        Self { port, ..self }
    }

    /// The container's name; `web` unless given.
    pub fn container_name(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// An environment variable; a second value for a name is a problem. Principals that may describe tasks can read it:
    /// do not put secrets here.
    pub fn environment(mut self, name: impl Into<String>, value: impl IntoValue<String>) -> Self {
        self.environment.push((name.into(), value.into_value()));
        self
    }

    /// Environment variables.
    pub fn environments<'a>(self, variables: impl IntoIterator<Item = (&'a String, &'a String)>) -> Self {
        variables.into_iter().fold(self, |image, (name, value)| image.environment(name, value))
    }

    /// An environment variable that ECS sets from a secret when the container starts.
    pub fn secret(mut self, name: impl Into<String>, secret: Secret) -> Self {
        self.secrets.push((name.into(), secret));
        self
    }

    pub(super) fn container(mut self) -> ContainerDefinitionProps {
        self.environment.sort_by(|(one, _), (two, _)| one.cmp(two));
        self.secrets.sort_by(|(one, _), (two, _)| one.cmp(two));
        let mut container = ContainerDefinition::props(self.image).name(self.name).port(self.port);
        for (name, value) in self.environment {
            container = container.environment(name, value);
        }
        for (name, secret) in self.secrets {
            container = container.secret(name, secret);
        }
        container
    }
}
