//! What goes wrong between us and AWS: a seed decides, so that a failure can be played again.

use std::collections::BTreeMap;

use crate::xml::{Answer, refusal, refusal_of};

/// What befalls a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Nothing.
    None,
    /// CloudFormation's own way of saying "too often".
    Throttled,
    /// A gateway's way of saying it.
    TooMany,
    Internal,
    Unavailable,
    /// The connection breaks before the call was read: it never happened.
    Reset,
    /// The call is done; the connection breaks before a word of the answer.
    Lost,
    /// The call is done; the connection breaks amid the answer.
    Torn,
    /// The answer is cut short, with the length of what is left.
    Truncated,
    /// The answer takes this many milliseconds.
    Slow(u64),
    /// The credentials have just run out.
    Expired,
}

impl Fault {
    /// What is answered in place of the world.
    pub fn refusal(self) -> Option<Answer> {
        Some(match self {
            Self::Throttled => refusal("Throttling", "Rate exceeded"),
            Self::TooMany => refusal_of(429, "TooManyRequestsException", "Too Many Requests"),
            Self::Internal => refusal_of(500, "InternalFailure", "We encountered an internal error."),
            Self::Unavailable => refusal_of(503, "ServiceUnavailable", "Service is temporarily unavailable."),
            Self::Expired => refusal_of(403, "ExpiredToken", "The security token included in the request is expired"),
            Self::None | Self::Reset | Self::Lost | Self::Torn | Self::Truncated | Self::Slow(_) => return None,
        })
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Throttled => "throttled",
            Self::TooMany => "429",
            Self::Internal => "500",
            Self::Unavailable => "503",
            Self::Reset => "reset before",
            Self::Lost => "answer lost",
            Self::Torn => "reset mid-body",
            Self::Truncated => "truncated",
            Self::Slow(_) => "slow",
            Self::Expired => "expired credentials",
        }
    }
}

/// How things go wrong in one world.
#[derive(Clone, Debug)]
pub struct Weather {
    chance: fastrand::Rng,
    /// How many of a hundred calls something befalls.
    pub percent: u8,
    /// How many calls in a row something befalls at most.
    pub streak: u8,
    row: u8,
    /// Windows of the world's time in which every call fails alike.
    pub outages: Vec<(i64, i64, Fault)>,
    /// Milliseconds without any answer after a change set is executed.
    pub away: i64,
    pub counts: BTreeMap<&'static str, usize>,
}

impl Weather {
    /// Nothing goes wrong.
    pub fn fair() -> Self {
        Self::of(0, 0)
    }

    pub fn of(seed: u64, percent: u8) -> Self {
        let chance = fastrand::Rng::with_seed(seed);
        Self { chance, percent, streak: 3, row: 0, outages: Vec::new(), away: 0, counts: BTreeMap::new() }
    }

    /// What befalls the next call.
    pub fn next(&mut self, now: i64, action: &str) -> Fault {
        // Who we are is asked once, before anything else.
        if action == "GetCallerIdentity" {
            return Fault::None;
        }
        let outage = self.outages.iter().find(|(from, to, _)| (*from..*to).contains(&now)).map(|(.., fault)| *fault);
        let fault = outage.unwrap_or_else(|| self.draw());
        if fault != Fault::None {
            self.count(fault.name());
        }
        fault
    }

    pub fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    /// Whether something as likely as that in a hundred happens.
    pub fn happens(&mut self, percent: u8) -> bool {
        self.chance.u8(0..100) < percent
    }

    /// A number below the limit.
    pub fn below(&mut self, limit: i64) -> i64 {
        self.chance.i64(0..limit.max(1))
    }

    fn draw(&mut self) -> Fault {
        let percent = self.percent;
        if self.row >= self.streak || !self.happens(percent) {
            self.row = 0;
            return Fault::None;
        }
        self.row += 1;
        match self.chance.u8(0..9) {
            0 | 1 => Fault::Throttled,
            2 => Fault::TooMany,
            3 => Fault::Internal,
            4 => Fault::Unavailable,
            5 => Fault::Reset,
            6 => Fault::Lost,
            7 => self.broken(),
            _ => Fault::Slow(self.chance.u64(500..8_000)),
        }
    }

    fn broken(&mut self) -> Fault {
        if self.chance.bool() { Fault::Torn } else { Fault::Truncated }
    }
}
