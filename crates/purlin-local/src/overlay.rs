//! The overlay's Python files, compiled into the binary and written to disk in a folder named after a hash of them.

use std::fs;
use std::path::PathBuf;

use crate::error::LocalError;
use crate::home::{self, Home};

/// The packages, all pinned: the overlay uses private names of exactly this version.
pub(crate) const REQUIREMENTS: &str = include_str!("overlay/requirements.txt");

/// The modules of the Python package `purlin_local`.
const MODULES: &[(&str, &str)] = &[
    ("__init__.py", include_str!("overlay/__init__.py")),
    ("__main__.py", include_str!("overlay/__main__.py")),
    ("access.py", include_str!("overlay/access.py")),
    ("apigateway.py", include_str!("overlay/apigateway.py")),
    ("autoscaling.py", include_str!("overlay/autoscaling.py")),
    ("cloudformation.py", include_str!("overlay/cloudformation.py")),
    ("cognito.py", include_str!("overlay/cognito.py")),
    ("ec2.py", include_str!("overlay/ec2.py")),
    ("ecs.py", include_str!("overlay/ecs.py")),
    ("elbv2.py", include_str!("overlay/elbv2.py")),
    ("gate.py", include_str!("overlay/gate.py")),
    ("iam.py", include_str!("overlay/iam.py")),
    ("life.py", include_str!("overlay/life.py")),
    ("route53.py", include_str!("overlay/route53.py")),
    ("secretsmanager.py", include_str!("overlay/secretsmanager.py")),
    ("traffic.py", include_str!("overlay/traffic.py")),
];

/// Hash of the overlay's content.
pub(crate) fn fingerprint() -> String {
    digest(MODULES.iter().flat_map(|(name, text)| [*name, *text]))
}

/// Writes the overlay's files that are missing or differ. Returns the folder for Python's path.
pub(crate) fn ensure_written(home: &Home) -> Result<PathBuf, LocalError> {
    let folder = home.shared.join(format!("overlay-{}", fingerprint()));
    let package = folder.join("purlin_local");
    home::own(&folder)?;
    home::own(&package)?;
    for (name, text) in MODULES {
        let path = package.join(name);
        if fs::read(&path).is_ok_and(|found| found == text.as_bytes()) {
            continue;
        }
        home::write_atomically(&path, text.as_bytes())?;
    }
    Ok(folder)
}

/// FNV-1a over parts, each ended by a zero byte: for folder names, not for security.
pub(crate) fn digest<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in parts.flat_map(|part| part.bytes().chain([0])) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("{hash:016x}")
}
