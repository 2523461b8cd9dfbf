//! The platform of a task: CPU architecture and operating system.

/// The architecture of a task's CPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CpuArchitecture {
    /// Intel and AMD. Fargate's default.
    X86_64,
    /// AWS Graviton.
    Arm64,
}

impl CpuArchitecture {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::X86_64 => "X86_64",
            Self::Arm64 => "ARM64",
        }
    }

    /// The platform of images.
    pub(super) const fn image_platform(self) -> Platform {
        match self {
            Self::X86_64 => Platform::LinuxAmd64,
            Self::Arm64 => Platform::LinuxArm64,
        }
    }
}

/// The operating system of a task
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperatingSystemFamily {
    /// Linux. Fargate's default.
    Linux,
    /// Windows Server 2019 Core.
    WindowsServer2019Core,
    /// Windows Server 2019 Full.
    WindowsServer2019Full,
    /// Windows Server 2022 Core.
    WindowsServer2022Core,
    /// Windows Server 2022 Full.
    WindowsServer2022Full,
    /// Windows Server 2025 Core.
    WindowsServer2025Core,
    /// Windows Server 2025 Full.
    WindowsServer2025Full,
}

impl OperatingSystemFamily {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Linux => "LINUX",
            Self::WindowsServer2019Core => "WINDOWS_SERVER_2019_CORE",
            Self::WindowsServer2019Full => "WINDOWS_SERVER_2019_FULL",
            Self::WindowsServer2022Core => "WINDOWS_SERVER_2022_CORE",
            Self::WindowsServer2022Full => "WINDOWS_SERVER_2022_FULL",
            Self::WindowsServer2025Core => "WINDOWS_SERVER_2025_CORE",
            Self::WindowsServer2025Full => "WINDOWS_SERVER_2025_FULL",
        }
    }

    pub(super) const fn is_windows(self) -> bool {
        !matches!(self, Self::Linux)
    }
}

/// The platform for which an image is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    /// `linux/amd64`.
    LinuxAmd64,
    /// `linux/arm64`.
    LinuxArm64,
}

impl Platform {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::LinuxAmd64 => "linux/amd64",
            Self::LinuxArm64 => "linux/arm64",
        }
    }
}
