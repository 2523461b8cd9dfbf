//! Limits requests that tokens cause by unknown key ids: a forged id costs an attacker nothing, and the app a request.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

/// How many unknown ids are remembered, and of which length.
const MAX_IDS: usize = 256;
const MAX_LENGTH: usize = 128;

/// Some requests at once, and then one in each interval: however many forged ids there are, the next true one is asked for.
#[derive(Debug)]
pub(crate) struct Rate {
    interval: Duration,
    /// How far the requests so far are ahead of one in each interval, at the time of the last one.
    ahead: Duration,
    burst: u32,
    last: Option<Instant>,
    /// Ids that the issuer did not have, and when it was asked.
    unknown: BTreeMap<String, Instant>,
}

impl Rate {
    pub(crate) fn new(interval: Duration, burst: u32) -> Self {
        // A longer one is as good as never, and sums of it stay in range.
        let interval = interval.min(Duration::from_hours(24 * 365));
        Self { interval, ahead: Duration::ZERO, burst, last: None, unknown: BTreeMap::new() }
    }

    /// Whether another request may be sent now. If not, the time to wait.
    pub(crate) fn permits(&self) -> Result<(), Duration> {
        let limit = self.interval.saturating_mul(self.burst.saturating_sub(1));
        match self.ahead().saturating_sub(limit) {
            Duration::ZERO => Ok(()),
            wait => Err(wait),
        }
    }

    /// Counts a request for an id that the issuer does not have.
    pub(crate) fn count(&mut self, id: &str) {
        (self.ahead, self.last) = (self.ahead().saturating_add(self.interval), Some(Instant::now()));
        if id.len() > MAX_LENGTH {
            return;
        }
        if self.unknown.len() >= MAX_IDS {
            let oldest = self.unknown.iter().min_by_key(|(_, at)| **at).map(|(id, _)| id.clone());
            oldest.and_then(|id| self.unknown.remove(&id));
        }
        self.unknown.insert(id.to_owned(), Instant::now());
    }

    /// Whether the issuer was asked for this id within this time, and does not have it.
    pub(crate) fn is_unknown(&self, id: &str, within: Duration) -> bool {
        self.unknown.get(id).is_some_and(|at| at.elapsed() < within)
    }

    fn ahead(&self) -> Duration {
        self.last.map_or(Duration::ZERO, |last| self.ahead.saturating_sub(last.elapsed()))
    }
}

/// The time to wait in whole seconds, at least one.
pub(crate) fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn some_requests_are_sent_at_once_and_then_one_in_each_interval() {
        for (interval, burst, sent) in [(5, 1, [1, 2, 3]), (1, 10, [10, 15, 20]), (0, 1, [50, 100, 150])] {
            let mut rate = Rate::new(Duration::from_secs(interval), burst);
            let mut count = 0;
            for expected in sent {
                for _ in 0..50 {
                    if rate.permits().is_ok() {
                        rate.count("forged");
                        count += 1;
                    }
                }
                assert_eq!(count, expected, "{interval} s, {burst}");
                tokio::time::advance(Duration::from_secs(5)).await;
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn intervals_and_ids_of_any_size_are_taken() {
        let mut rate = Rate::new(Duration::MAX, u32::MAX);
        for id in 0..1000 {
            rate.count(&id.to_string());
            rate.count(&"x".repeat(id));
        }
        assert!(rate.unknown.len() <= MAX_IDS && rate.is_unknown("999", Duration::MAX));
        assert!(Rate::new(Duration::MAX, 1).permits().is_ok());
    }
}
