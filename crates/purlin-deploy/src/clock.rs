//! The waits between polls: short at first, then longer, with jitter.
//!
//! Every wait of this crate is computed here, so that all of them shrink together against an emulator
//! on this machine or a simulation.

use std::time::Duration;

/// The factor of all waits: 1 against AWS, less against an emulator or a simulation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Clock(f64);

impl Clock {
    /// The waits against AWS.
    pub(crate) const AWS: Self = Self(1.0);

    /// The waits against an emulator, which finishes fast.
    pub(crate) const LOCAL: Self = Self(0.05);

    /// Waits this many times as long as against AWS.
    pub(crate) const fn of(factor: f64) -> Self {
        Self(factor)
    }

    /// A duration against AWS, scaled.
    pub(crate) fn span(self, time: Duration) -> Duration {
        time.mul_f64(self.0)
    }

    /// Between polls of a change set in creation.
    pub(crate) fn change_set(self) -> Backoff {
        self.backoff(500, 5_000)
    }

    /// Between polls of the stack.
    pub(crate) fn stack(self) -> Backoff {
        self.backoff(2_000, 5_000)
    }

    /// Between polls of the events.
    pub(crate) fn events(self) -> Backoff {
        self.backoff(2_000, 10_000)
    }

    /// Between attempts at a call that AWS throttled or dropped.
    pub(crate) fn retry(self) -> Backoff {
        self.backoff(500, 10_000)
    }

    fn backoff(self, first: u64, longest: u64) -> Backoff {
        Backoff::new(self.span(Duration::from_millis(first)), self.span(Duration::from_millis(longest)))
    }
}

/// The growing waits of one kind of poll.
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    next: Duration,
    first: Duration,
    longest: Duration,
}

impl Backoff {
    pub(crate) const fn new(first: Duration, longest: Duration) -> Self {
        Self { next: first, first, longest }
    }

    /// Starts over with the shortest wait.
    pub(crate) fn reset(&mut self) {
        self.next = self.first;
    }

    /// The next wait, a quarter longer or shorter by chance, and half as long again each time.
    pub(crate) fn wait(&mut self) -> Duration {
        let wait = self.next.mul_f64(0.75 + fastrand::f64() / 2.0);
        self.next = self.next.mul_f64(1.5).min(self.longest);
        wait
    }

    /// The wait after AWS throttled.
    pub(crate) fn slow_down(&mut self) -> Duration {
        self.next = (self.next * 2).min(self.longest * 3);
        self.wait()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_the_longest_and_start_over() {
        let mut backoff = Clock::AWS.events();
        for _ in 0..20 {
            assert!(backoff.wait() <= Duration::from_millis(12_500));
        }
        assert!(backoff.wait() >= Duration::from_millis(7_500));
        backoff.reset();
        assert!(backoff.wait() <= Duration::from_millis(2_500));
    }

    #[test]
    fn every_wait_has_the_factor() {
        assert!(Clock::of(0.001).events().wait() <= Duration::from_micros(2_500));
        assert_eq!(Clock::LOCAL.span(Duration::from_secs(20)), Duration::from_secs(1));
    }
}
