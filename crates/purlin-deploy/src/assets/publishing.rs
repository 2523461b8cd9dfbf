//! The state of publishing in one run: limits of concurrency, and finished assets, so that an asset of several stacks is
//! published once.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use aws_config::SdkConfig;
use aws_sdk_s3::types::ServerSideEncryption;
use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};

use super::credentials::Credentials;
use crate::error::DeployError;

/// Concurrent reads of AWS: they are smaller than uploads, so more of them run.
const READS: usize = 16;

/// Concurrent uploads by default.
const FILES: usize = 4;

/// Concurrent builds by default: each uses several processors.
const IMAGES: usize = 2;

/// The encryption of uploads to a bucket. Policies of organisations may require it in each request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Encryption {
    pub(crate) kind: Option<ServerSideEncryption>,
    pub(crate) key: Option<String>,
}

/// The assets of a run.
#[derive(Debug)]
pub(crate) struct Publishing {
    looks: Semaphore,
    files: Semaphore,
    images: Semaphore,
    /// Published assets, by destination.
    pub(crate) done: Once<()>,
    /// Local names of images, by build folder.
    pub(crate) built: Once<String>,
    /// Credentials of registries.
    pub(crate) credentials: Once<Arc<Credentials>>,
    /// Encryption of buckets.
    pub(crate) encryption: Once<Encryption>,
    /// Assumed roles; `None` for one that could not be assumed.
    pub(crate) roles: Once<Option<SdkConfig>>,
    /// Versions of bootstrap stacks.
    pub(crate) bootstraps: Once<Option<u32>>,
}

impl Default for Publishing {
    fn default() -> Self {
        Self::with(FILES, IMAGES)
    }
}

impl Publishing {
    /// With this number of concurrent uploads, and as many builds.
    pub(crate) fn with_concurrency(limit: usize) -> Self {
        Self::with(limit.max(1), limit.max(1))
    }

    fn with(files: usize, images: usize) -> Self {
        Self {
            looks: Semaphore::new(READS),
            files: Semaphore::new(files),
            images: Semaphore::new(images),
            done: Once::default(),
            built: Once::default(),
            credentials: Once::default(),
            encryption: Once::default(),
            roles: Once::default(),
            bootstraps: Once::default(),
        }
    }

    /// Waits for a permit to read whether an asset exists.
    pub(crate) async fn look(&self) -> SemaphorePermit<'_> {
        self.looks.acquire().await.expect("it is never closed")
    }

    /// Waits for a permit to pack and upload a file.
    pub(crate) async fn file(&self) -> SemaphorePermit<'_> {
        self.files.acquire().await.expect("it is never closed")
    }

    /// Waits for a permit to build and push an image.
    pub(crate) async fn image(&self) -> SemaphorePermit<'_> {
        self.images.acquire().await.expect("it is never closed")
    }
}

/// Values that are computed once, by name; concurrent callers wait for the first.
#[derive(Debug)]
pub(crate) struct Once<T>(Mutex<BTreeMap<String, Arc<OnceCell<T>>>>);

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Once<T> {
    /// The value with this name. After a failure the next caller computes it again.
    pub(crate) fn get<'a, F>(
        &'a self,
        name: &str,
        make: F,
    ) -> Pin<Box<dyn Future<Output = Result<T, DeployError>> + 'a>>
    where
        F: Future<Output = Result<T, DeployError>> + 'a,
    {
        let cell = Arc::clone(self.0.lock().expect("no panic while it is locked").entry(name.to_owned()).or_default());
        Box::pin(async move { cell.get_or_try_init(|| make).await.cloned() })
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test]
    async fn a_value_is_computed_once_and_again_after_a_failure() {
        let things = Once::default();
        let count = Cell::new(0);
        let make = |works: bool| {
            let count = &count;
            async move {
                tokio::task::yield_now().await;
                count.set(count.get() + 1);
                if works { Ok(count.get()) } else { Err(DeployError::NoRegion) }
            }
        };
        assert!(things.get("a", make(false)).await.is_err());
        let (first, second) = tokio::join!(things.get("a", make(true)), things.get("a", make(true)));
        assert_eq!((first.unwrap(), second.unwrap()), (2, 2));
        assert_eq!(things.get("b", make(true)).await.unwrap(), 3);
    }
}
