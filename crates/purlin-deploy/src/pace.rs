//! How long to wait between questions: soon at first, then less often, never in step with others.

use std::time::Duration;

/// The waits of one kind of question.
#[derive(Clone, Debug)]
pub(crate) struct Pace {
    next: Duration,
    first: Duration,
    longest: Duration,
}

impl Pace {
    pub(crate) const fn new(first: Duration, longest: Duration) -> Self {
        Self { next: first, first, longest }
    }

    /// Starts over: something happened, so more may.
    pub(crate) fn quicken(&mut self) {
        self.next = self.first;
    }

    /// The next wait, a quarter longer or shorter by chance, and half as long again each time.
    pub(crate) fn wait(&mut self) -> Duration {
        let wait = self.next.mul_f64(0.75 + fastrand::f64() / 2.0);
        self.next = self.next.mul_f64(1.5).min(self.longest);
        wait
    }

    /// The wait after AWS said that it is asked too often.
    pub(crate) fn back_off(&mut self) -> Duration {
        self.next = (self.next * 2).min(self.longest * 3);
        self.wait()
    }
}

/// The waits against AWS, or against something on this machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paces {
    local: bool,
}

impl Paces {
    pub(crate) const fn of(local: bool) -> Self {
        Self { local }
    }

    /// Between looks at a change set in the making.
    pub(crate) const fn plan(self) -> Pace {
        self.pick(500, 5_000)
    }

    /// Between looks at the stack.
    pub(crate) const fn truth(self) -> Pace {
        self.pick(2_000, 5_000)
    }

    /// Between looks at the events.
    pub(crate) const fn story(self) -> Pace {
        self.pick(2_000, 10_000)
    }

    const fn pick(self, first: u64, longest: u64) -> Pace {
        let divisor = if self.local { 20 } else { 1 };
        Pace::new(Duration::from_millis(first / divisor), Duration::from_millis(longest / divisor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_the_longest_and_start_over() {
        let mut pace = Paces::of(false).story();
        for _ in 0..20 {
            assert!(pace.wait() <= Duration::from_millis(12_500));
        }
        assert!(pace.wait() >= Duration::from_millis(7_500));
        pace.quicken();
        assert!(pace.wait() <= Duration::from_millis(2_500));
    }
}
