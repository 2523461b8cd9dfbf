//! How often one account and region is asked: the pollers of all stacks share one bucket of tokens.
//!
//! AWS does not publish CloudFormation's limits, so the rate feels its way: a little faster with
//! each answer, half as fast when AWS throttles. At most five calls a second, after a burst of five,
//! are 305 calls in the first minute and 300 in every other.

use std::sync::Mutex;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::clock::Clock;

/// Calls a second: to begin with, at most, at least, and more with each answer.
const FIRST: f64 = 3.0;
const MOST: f64 = 5.0;
const LEAST: f64 = 0.25;
const MORE: f64 = 0.05;

/// How many calls may be made together after a pause.
const AT_ONCE: u32 = 5;

/// Tokens for calls.
#[derive(Debug)]
pub(crate) struct Bucket {
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    rate: f64,
    /// When the next token is there; in the past, when several are.
    next: Instant,
    /// Calls already in flight when AWS throttled do not slow the rate again.
    slowed: Instant,
}

impl Bucket {
    pub(crate) fn new(clock: Clock) -> Self {
        let now = Instant::now();
        Self { clock, state: Mutex::new(State { rate: FIRST, next: now, slowed: now }) }
    }

    /// Waits for a token. First come, first served.
    pub(crate) async fn take(&self) {
        let turn = self.turn(Instant::now());
        sleep_until(turn).await;
    }

    fn turn(&self, now: Instant) -> Instant {
        let mut state = self.state.lock().expect("no panic while the bucket is locked");
        let between = self.clock.span(Duration::from_secs_f64(1.0 / state.rate));
        let full = now.checked_sub(between * (AT_ONCE - 1)).unwrap_or(now);
        let turn = state.next.max(full);
        state.next = turn + between;
        turn
    }

    /// AWS answered.
    pub(crate) fn answered(&self) {
        let mut state = self.state.lock().expect("no panic while the bucket is locked");
        state.rate = (state.rate + MORE).min(MOST);
    }

    /// AWS throttles.
    pub(crate) fn throttled(&self) {
        let mut state = self.state.lock().expect("no panic while the bucket is locked");
        let now = Instant::now();
        if now.duration_since(state.slowed) >= self.clock.span(Duration::from_secs(1)) {
            state.rate = (state.rate / 2.0).max(LEAST);
            state.slowed = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls_within(bucket: &Bucket, seconds: u64) -> usize {
        let now = Instant::now();
        std::iter::repeat_with(|| bucket.turn(now))
            .take_while(|turn| turn.saturating_duration_since(now) < Duration::from_secs(seconds))
            .count()
    }

    #[tokio::test(start_paused = true)]
    async fn the_rate_has_bounds() {
        let bucket = Bucket::new(Clock::AWS);
        tokio::time::advance(Duration::from_mins(1)).await;
        (0..1000).for_each(|_| bucket.answered());
        let most = calls_within(&bucket, 60);
        assert!((300..=305).contains(&most), "{most} calls in the first minute");

        let bucket = Bucket::new(Clock::AWS);
        for _ in 0..20 {
            tokio::time::advance(Duration::from_secs(1)).await;
            bucket.throttled();
        }
        tokio::time::advance(Duration::from_mins(1)).await;
        let least = calls_within(&bucket, 60);
        assert!((15..=20).contains(&least), "{least} calls in a minute");
    }

    #[tokio::test(start_paused = true)]
    async fn throttled_calls_in_flight_count_once() {
        let bucket = Bucket::new(Clock::AWS);
        tokio::time::advance(Duration::from_secs(2)).await;
        (0..30).for_each(|_| bucket.throttled());
        let rate = bucket.state.lock().unwrap().rate;
        assert!((rate - FIRST / 2.0).abs() < 0.01, "{rate}");
    }
}
