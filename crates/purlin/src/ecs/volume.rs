//! Volumes of a task, and where its containers mount them.

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
    /// An empty volume on the task's own storage: containers share it, and it ends with the task.
    pub fn ephemeral(name: impl Into<String>) -> Self {
        Self { name: name.into(), efs: None }
    }

    /// A file system of Amazon EFS. It is reached encrypted; the task's security groups have to be let in on port 2049.
    pub fn efs(name: impl Into<String>, file_system_id: impl IntoValue<String>) -> Self {
        let efs = Efs {
            file_system_id: file_system_id.into_value(),
            root_directory: None,
            access_point_id: None,
            iam: false,
            encrypted: true,
            port: None,
        };
        Self { name: name.into(), efs: Some(efs) }
    }

    fn with_efs(mut self, change: impl FnOnce(&mut Efs)) -> Self {
        if let Some(efs) = &mut self.efs {
            change(efs);
        }
        self
    }

    /// The folder of the file system that is mounted: its root unless given. No effect on other volumes.
    pub fn root_directory(self, path: impl Into<String>) -> Self {
        self.with_efs(|efs| efs.root_directory = Some(path.into()))
    }

    /// The access point by which the file system is mounted. No effect on other volumes.
    pub fn access_point(self, id: impl IntoValue<String>) -> Self {
        self.with_efs(|efs| efs.access_point_id = Some(id.into_value()))
    }

    /// The file system asks for the permissions of the task role. No effect on other volumes.
    pub fn iam_authorization(self) -> Self {
        self.with_efs(|efs| efs.iam = true)
    }

    /// Mounts the file system unencrypted. No effect on other volumes.
    pub fn without_transit_encryption(self) -> Self {
        self.with_efs(|efs| efs.encrypted = false)
    }

    /// The port of the encrypted connection: chosen by the mount helper unless given. No effect on other volumes.
    pub fn transit_encryption_port(self, port: u16) -> Self {
        self.with_efs(|efs| efs.port = Some(port))
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn check(&self, scope: &Scope) {
        let Some(efs) = &self.efs else { return };
        if !efs.encrypted && (efs.iam || efs.access_point_id.is_some()) {
            scope.error(
                format!("the volume `{}` uses IAM or an access point without encryption in transit", self.name),
                "leave `.without_transit_encryption()` out: EFS asks for encryption in both cases",
            );
        }
        if efs.access_point_id.is_some() && efs.root_directory.as_ref().is_some_and(|root| root != "/") {
            scope.error(
                format!("the volume `{}` has both an access point and a root directory", self.name),
                "leave `.root_directory(..)` out: the access point says which folder it is",
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

/// Where a container sees a volume of its task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MountPoint {
    pub(super) volume: String,
    path: String,
    read_only: bool,
}

impl MountPoint {
    /// The volume of this name at a path of the container, to be read and written.
    pub fn read_write(volume: impl Into<String>, path: impl Into<String>) -> Self {
        Self { volume: volume.into(), path: path.into(), read_only: false }
    }

    /// The volume of this name at a path of the container, to be read only.
    pub fn read_only(volume: impl Into<String>, path: impl Into<String>) -> Self {
        Self { volume: volume.into(), path: path.into(), read_only: true }
    }

    pub(super) fn render(&self) -> TaskDefinitionMountPoint {
        TaskDefinitionMountPoint::new()
            .container_path(self.path.as_str())
            .read_only(self.read_only)
            .source_volume(self.volume.as_str())
    }
}
