//! Talks to CloudFormation: every call goes through here, paced by the bucket of its account and
//! region, and asked again until a deadline when AWS throttles, breaks off or does not answer.

mod bucket;
mod change_sets;
mod convert;
mod stacks;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::config::http::HttpResponse;
use aws_sdk_cloudformation::error::{ProvideErrorMetadata, SdkError};
use tokio::time::{Instant, sleep};

pub(crate) use self::bucket::Bucket;
pub(crate) use self::change_sets::{ChangeSetState, NewChangeSet, ParameterValue, TemplateSource, Waiting};
pub(crate) use self::stacks::Deletion;
use crate::aws::Named;
use crate::clock::Clock;
use crate::error::DeployError;

/// How long a call is asked again. AWS's own disturbances rarely last longer.
pub(crate) const PATIENCE: Duration = Duration::from_mins(5);

/// How long, where something else answers than AWS: the user has to do something about it.
const PATIENCE_WITH_OTHERS: Duration = Duration::from_secs(30);

/// CloudFormation in one account and region.
#[derive(Clone, Debug)]
pub(crate) struct CloudFormation {
    client: Client,
    bucket: Arc<Bucket>,
    clock: Clock,
}

impl CloudFormation {
    /// The client must not retry: its retries would bypass the bucket.
    pub(crate) fn new(client: Client, bucket: Arc<Bucket>, clock: Clock) -> Self {
        Self { client, bucket, clock }
    }

    /// Asks until AWS answers, for five minutes at most. A call that changes something carries a
    /// token, so that AWS recognises a repeated call.
    pub(crate) async fn ask<T, E, F>(
        &self,
        operation: &'static str,
        call: impl Fn(&Client) -> F,
    ) -> Result<T, DeployError>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        self.ask_within(PATIENCE, operation, call).await
    }

    /// The same, for a shorter time.
    pub(crate) async fn ask_within<T, E, F>(
        &self,
        patience: Duration,
        operation: &'static str,
        call: impl Fn(&Client) -> F,
    ) -> Result<T, DeployError>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let begun = Instant::now();
        let mut backoff = self.clock.retry();
        loop {
            match self.ask_once(operation, &call).await {
                Err(error) if error.is_passing() || error.is_expired() => {
                    let is_other = matches!(error, DeployError::NotAws { .. });
                    let patience = if is_other { patience.min(PATIENCE_WITH_OTHERS) } else { patience };
                    if begun.elapsed() >= self.clock.span(patience) {
                        return Err(error);
                    }
                    sleep(backoff.slow_down()).await;
                }
                answered => return answered,
            }
        }
    }

    /// Asks once, for callers that ask again anyway.
    pub(crate) async fn ask_once<T, E, F>(
        &self,
        operation: &'static str,
        call: impl Fn(&Client) -> F,
    ) -> Result<T, DeployError>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        self.bucket.take().await;
        let answer = call(&self.client).await.named(operation);
        match &answer {
            Err(error) if error.is_throttling() => self.bucket.throttled(),
            _ => self.bucket.answered(),
        }
        answer
    }
}
