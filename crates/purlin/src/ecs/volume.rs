//! Volumes of a task, and their mount points in containers.

use purlin_cfn::ecs::{
    TaskDefinitionAuthorizationConfig, TaskDefinitionAuthorizationConfigIAM, TaskDefinitionEFSVolumeConfiguration,
    TaskDefinitionEFSVolumeConfigurationTransitEncryption, TaskDefinitionMountPoint, TaskDefinitionVolume,
};
use purlin_construct::{IntoValue, Scope, Value};

/// A volume of a task
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_data_volumes.html>).
#[derive(Debug, Clone)]
#[must_use = "a volume does nothing until it is given to a task definition"]
pub struct Volume {
    name: String,
    efs: Option<Efs>,
    /// Setters that the volume does not have.
    refused: Vec<&'static str>,
}

#[derive(Debug, Clone)]
struct Efs {
    file_system_id: Value<String>,
    root_directory: Option<String>,
    access_point_id: Option<Value<String>>,
    iam: bool,
    encrypted: bool,
    port: Option<u16>,
}

impl Volume {
    /// An empty volume on the task's ephemeral storage: containers share it, and it is deleted with the task.
    pub fn ephemeral(name: impl Into<String>) -> Self {
        Self { name: name.into(), efs: None, refused: Vec::new() }
    }

    /// A file system of Amazon EFS, encrypted in transit. Its security group must let the task's in on port 2049.
    pub fn efs(name: impl Into<String>, file_system_id: impl IntoValue<String>) -> Self {
        let efs = Efs {
            file_system_id: file_system_id.into_value(),
            root_directory: None,
            access_point_id: None,
            iam: false,
            encrypted: true,
            port: None,
        };
        Self { efs: Some(efs), ..Self::ephemeral(name) }
    }

    fn with_efs(mut self, setter: &'static str, change: impl FnOnce(&mut Efs)) -> Self {
        match &mut self.efs {
            Some(efs) => change(efs),
            None => self.refused.push(setter),
        }
        self
    }

    /// The mounted folder of the file system: its root unless given. Only for EFS.
    pub fn root_directory(self, path: impl Into<String>) -> Self {
        self.with_efs("root_directory", |efs| efs.root_directory = Some(path.into()))
    }

    /// The access point of the file system; none unless given. Only for EFS.
    pub fn access_point(self, id: impl IntoValue<String>) -> Self {
        self.with_efs("access_point", |efs| efs.access_point_id = Some(id.into_value()))
    }

    /// The file system checks the permissions of the task role; not unless given. Only for EFS. Give the role
    /// `elasticfilesystem:ClientMount` and `elasticfilesystem:ClientWrite` on the file system.
    pub fn iam_authorization(self) -> Self {
        self.with_efs("iam_authorization", |efs| efs.iam = true)
    }

    /// Mounts the file system without encryption in transit. Only for EFS.
    pub fn without_transit_encryption(self) -> Self {
        self.with_efs("without_transit_encryption", |efs| efs.encrypted = false)
    }

    /// The port of the encrypted connection: chosen by the mount helper unless given. Only for EFS, with encryption.
    pub fn transit_encryption_port(self, port: u16) -> Self {
        self.with_efs("transit_encryption_port", |efs| efs.port = Some(port))
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn check(&self, scope: &Scope) {
        for setter in &self.refused {
            scope.error(
                format!("the volume `{}` is ephemeral, and has no `{setter}`", self.name),
                format!("leave `.{setter}(..)` out, or use `Volume::efs(name, file_system_id)`"),
            );
        }
        let Some(efs) = &self.efs else { return };
        if !efs.encrypted && efs.port.is_some() {
            scope.error(
                format!("the volume `{}` has a port for encryption in transit, but no encryption", self.name),
                "leave out `.transit_encryption_port(..)` or `.without_transit_encryption()`",
            );
        }
        if !efs.encrypted && (efs.iam || efs.access_point_id.is_some()) {
            scope.error(
                format!("the volume `{}` uses IAM or an access point without encryption in transit", self.name),
                "leave `.without_transit_encryption()` out: EFS requires encryption in both cases",
            );
        }
        if efs.access_point_id.is_some() && efs.root_directory.as_ref().is_some_and(|root| root != "/") {
            scope.error(
                format!("the volume `{}` has both an access point and a root directory", self.name),
                "leave `.root_directory(..)` out: the access point defines the folder",
            );
        }
    }

    pub(super) fn render(&self) -> TaskDefinitionVolume {
        let volume = TaskDefinitionVolume::new().name(self.name.as_str());
        match &self.efs {
            Some(efs) => volume.efs_volume_configuration(efs.render()),
            None => volume,
        }
    }
}

impl Efs {
    fn render(&self) -> TaskDefinitionEFSVolumeConfiguration {
        let mut efs = TaskDefinitionEFSVolumeConfiguration::new(&self.file_system_id);
        if let Some(path) = &self.root_directory {
            efs = efs.root_directory(path);
        }
        if self.encrypted {
            efs = efs.transit_encryption(TaskDefinitionEFSVolumeConfigurationTransitEncryption::ENABLED);
        }
        if let Some(port) = self.port {
            efs = efs.transit_encryption_port(port);
        }
        if self.iam || self.access_point_id.is_some() {
            let mut authorization = TaskDefinitionAuthorizationConfig::new();
            if self.iam {
                authorization = authorization.iam(TaskDefinitionAuthorizationConfigIAM::ENABLED);
            }
            if let Some(id) = &self.access_point_id {
                authorization = authorization.access_point_id(id);
            }
            efs = efs.authorization_config(authorization);
        }
        efs
    }
}

/// The path of a task's volume in a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MountPoint {
    pub(super) volume: String,
    path: String,
    read_only: bool,
}

impl MountPoint {
    /// The volume of this name at a path of the container, to read and write.
    pub fn read_write(volume: impl Into<String>, path: impl Into<String>) -> Self {
        Self { volume: volume.into(), path: path.into(), read_only: false }
    }

    /// The volume of this name at a path of the container, to read only.
    pub fn read_only(volume: impl Into<String>, path: impl Into<String>) -> Self {
        Self { volume: volume.into(), path: path.into(), read_only: true }
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn render(&self) -> TaskDefinitionMountPoint {
        TaskDefinitionMountPoint::new()
            .container_path(self.path.as_str())
            .read_only(self.read_only)
            .source_volume(self.volume.as_str())
    }
}
