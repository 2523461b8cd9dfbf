//! Limits requests that tokens cause by unknown key ids: a forged id costs an attacker nothing, and the app a request.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

/// How many ids are remembered, and of which length.
const MAX_IDS: usize = 1024;
const MAX_LENGTH: usize = 128;

/// Some requests at once, and then one in each interval.
///
/// Forged ids must not use up what a true one needs. A new key is wanted by every user, a forged id most often once: an id
/// that was refused before has requests of its own, and an id that was refused often others again.
#[derive(Debug)]
pub(crate) struct Rate {
    interval: Duration,
    burst: u32,
    /// For ids that were never refused, and for those that were refused 1, 4 and 16 times.
    tiers: Vec<Tier>,
    ids: BTreeMap<String, Seen>,
}

#[derive(Debug, Clone, Default)]
struct Tier {
    /// How far the requests so far are ahead of one in each interval, at the time of the last one.
    ahead: Duration,
    last: Option<Instant>,
}

#[derive(Debug)]
struct Seen {
    at: Instant,
    refused: u32,
    /// When the issuer was asked and did not have it.
    unknown_at: Option<Instant>,
}

impl Rate {
    /// One rate for all ids: for a request that brings all keys.
    pub(crate) fn of_sets(interval: Duration) -> Self {
        Self::new(interval, 1, 1)
    }

    /// A rate for requests that bring one key each.
    pub(crate) fn of_keys(interval: Duration, burst: u32) -> Self {
        Self::new(interval, burst, 4)
    }

    fn new(interval: Duration, burst: u32, tiers: usize) -> Self {
        // A longer one is as good as never, and sums of it stay in range.
        let interval = interval.min(Duration::from_hours(24 * 365));
        Self { interval, burst, tiers: vec![Tier::default(); tiers], ids: BTreeMap::new() }
    }

    /// Whether a request for this id may be sent now. If not, the time to wait.
    pub(crate) fn permits(&mut self, id: &str) -> Result<(), Duration> {
        let limit = self.interval.saturating_mul(self.burst.saturating_sub(1));
        match self.tiers[self.tier(id)].ahead().saturating_sub(limit) {
            Duration::ZERO => Ok(()),
            wait => {
                self.see(id, |seen| seen.refused = seen.refused.saturating_add(1));
                Err(wait)
            }
        }
    }

    /// Counts a request for an id that the issuer does not have.
    pub(crate) fn count(&mut self, id: &str) {
        let (tier, interval) = (self.tier(id), self.interval);
        let tier = &mut self.tiers[tier];
        *tier = Tier { ahead: tier.ahead().saturating_add(interval), last: Some(Instant::now()) };
        self.see(id, |seen| (seen.refused, seen.unknown_at) = (0, Some(Instant::now())));
    }

    /// Whether the issuer was asked for this id within this time, and does not have it.
    pub(crate) fn is_unknown(&self, id: &str, within: Duration) -> bool {
        self.ids.get(id).and_then(|seen| seen.unknown_at).is_some_and(|at| at.elapsed() < within)
    }

    fn tier(&self, id: &str) -> usize {
        let tier = match self.ids.get(id).map_or(0, |seen| seen.refused) {
            0 => 0,
            1..4 => 1,
            4..16 => 2,
            _ => 3,
        };
        tier.min(self.tiers.len() - 1)
    }

    fn see(&mut self, id: &str, change: impl FnOnce(&mut Seen)) {
        if id.len() > MAX_LENGTH {
            return;
        }
        if self.ids.len() >= MAX_IDS && !self.ids.contains_key(id) {
            let oldest = self.ids.iter().min_by_key(|(_, seen)| seen.at).map(|(id, _)| id.clone());
            oldest.and_then(|id| self.ids.remove(&id));
        }
        let at = Instant::now();
        let seen = self.ids.entry(id.to_owned()).or_insert(Seen { at, refused: 0, unknown_at: None });
        seen.at = at;
        change(seen);
    }
}

impl Tier {
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

    fn ask(rate: &mut Rate, id: &str) -> bool {
        let permitted = rate.permits(id).is_ok();
        if permitted {
            rate.count(id);
        }
        permitted
    }

    #[tokio::test(start_paused = true)]
    async fn some_requests_are_sent_at_once_and_then_one_in_each_interval() {
        for (interval, burst, sent) in [(5, 1, [1, 2, 3]), (1, 10, [10, 15, 20]), (0, 1, [50, 100, 150])] {
            let mut rate = Rate::new(Duration::from_secs(interval), burst, 1);
            let mut count = 0;
            for expected in sent {
                count += (0..50).filter(|id| ask(&mut rate, &id.to_string())).count();
                assert_eq!(count, expected, "{interval} s, {burst}");
                tokio::time::advance(Duration::from_secs(5)).await;
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_true_id_is_asked_for_however_many_forged_ones_there_are() {
        // Forged ids in each second, how often each is sent, and how often the true one is: always after the forged ones.
        for (forged, repeated, wanted) in [(20, 1, 1), (1000, 1, 1), (100, 2, 1), (100, 3, 2), (50, 10, 5), (20, 15, 5)]
        {
            let mut rate = Rate::of_keys(Duration::from_secs(1), 5);
            let (mut sent, mut found) = (0, None);
            for second in 0..60 {
                for _ in 0..repeated {
                    sent += (0..forged).filter(|id| ask(&mut rate, &format!("{second}-{id}"))).count();
                }
                if found.is_none() && (0..wanted).any(|_| rate.permits("true").is_ok()) {
                    found = Some(second);
                }
                tokio::time::advance(Duration::from_secs(1)).await;
            }
            assert!(found.is_some_and(|second| second <= 16), "{forged} × {repeated}, {wanted}: {found:?}");
            assert!(sent <= 4 * (5 + 60), "{forged} × {repeated}: {sent} requests in a minute");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn intervals_and_ids_of_any_size_are_taken() {
        let mut rate = Rate::of_keys(Duration::MAX, u32::MAX);
        for id in 0..2000 {
            rate.count(&id.to_string());
            rate.count(&"x".repeat(id));
        }
        assert!(rate.ids.len() <= MAX_IDS && rate.is_unknown("1999", Duration::MAX));
        assert!(Rate::of_sets(Duration::MAX).permits("a").is_ok());
    }
}
