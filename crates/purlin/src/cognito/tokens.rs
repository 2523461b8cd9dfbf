//! How long tokens are valid.

use std::time::Duration;

use purlin_cfn::cognito::{
    CfnUserPoolClient, UserPoolClientTokenValidityUnits, UserPoolClientTokenValidityUnitsAccessToken,
    UserPoolClientTokenValidityUnitsIdToken, UserPoolClientTokenValidityUnitsRefreshToken,
};
use purlin_construct::Scope;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/// Cognito's default of refresh tokens.
const REFRESH_DEFAULT: u64 = 30 * DAY;

/// The lifetimes that are set; the others are Cognito's.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct TokenLifetimes {
    pub access: Option<Duration>,
    pub id: Option<Duration>,
    pub refresh: Option<Duration>,
    pub session: Option<Duration>,
}

impl TokenLifetimes {
    /// Reports lifetimes that Cognito would refuse.
    pub(super) fn check(self, scope: &Scope) {
        in_range(scope, "refresh tokens are", self.refresh, HOUR, 3650 * DAY);
        in_range(scope, "a session of signing in is", self.session, 3 * MINUTE, 15 * MINUTE);
        let refresh = self.refresh.map_or(REFRESH_DEFAULT, |duration| duration.as_secs());
        for (what, duration) in [("access tokens are", self.access), ("id tokens are", self.id)] {
            in_range(scope, what, duration, 5 * MINUTE, DAY);
            if let Some(duration) = duration
                && duration.as_secs() <= DAY
                && duration.as_secs() > refresh
            {
                scope.error(
                    format!(
                        "{what} valid for {}, longer than refresh tokens: {}",
                        said(duration.as_secs()),
                        said(refresh)
                    ),
                    "give the refresh tokens at least as long",
                );
            }
        }
    }

    /// The client with the lifetimes, in minutes.
    pub(super) fn apply(self, mut client: CfnUserPoolClient) -> CfnUserPoolClient {
        let mut units = UserPoolClientTokenValidityUnits::new();
        if let Some(duration) = self.access {
            client = client.access_token_validity(minutes(duration));
            units = units.access_token(UserPoolClientTokenValidityUnitsAccessToken::MINUTES);
        }
        if let Some(duration) = self.id {
            client = client.id_token_validity(minutes(duration));
            units = units.id_token(UserPoolClientTokenValidityUnitsIdToken::MINUTES);
        }
        if let Some(duration) = self.refresh {
            client = client.refresh_token_validity(minutes(duration));
            units = units.refresh_token(UserPoolClientTokenValidityUnitsRefreshToken::MINUTES);
        }
        if let Some(duration) = self.session {
            client = client.auth_session_validity(minutes(duration));
        }
        if self.access.or(self.id).or(self.refresh).is_some() {
            client = client.token_validity_units(units);
        }
        client
    }
}

fn minutes(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs() / MINUTE).unwrap_or(i64::MAX)
}

fn in_range(scope: &Scope, what: &str, duration: Option<Duration>, least: u64, most: u64) {
    let Some(duration) = duration else { return };
    let seconds = duration.as_secs();
    if !(least..=most).contains(&seconds) {
        scope.error(
            format!("{what} valid for {}; Cognito takes {} to {}", said(seconds), said(least), said(most)),
            "choose a duration in this range, or leave it out for Cognito's default",
        );
    } else if !seconds.is_multiple_of(MINUTE) || duration.subsec_nanos() != 0 {
        scope.error(
            format!("{what} valid for {}, which are not whole minutes", said(seconds)),
            format!("use `Duration::from_mins({})`", seconds / MINUTE),
        );
    }
}

/// A duration in the largest unit that it is a whole number of.
fn said(seconds: u64) -> String {
    let units = [(DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"), (1, "second")];
    let (unit, name) =
        units.into_iter().find(|(unit, _)| seconds.is_multiple_of(*unit) && seconds >= *unit).unwrap_or((1, "second"));
    let count = seconds / unit;
    if count == 1 { format!("1 {name}") } else { format!("{count} {name}s") }
}

#[cfg(test)]
mod tests {
    use purlin_construct::{App, CfnResource, Stack};

    use super::*;

    fn problems(tokens: TokenLifetimes) -> Vec<String> {
        let app = App::new();
        let stack = app.add("S", Stack::props());
        stack.add("R", CfnResource::new("AWS::SQS::Queue"));
        tokens.check(&stack);
        app.synth().err().unwrap_or_default().into_iter().map(|problem| problem.message).collect()
    }

    fn of(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn lifetimes_are_checked() {
        let none = TokenLifetimes::default();
        let cases = [
            (
                TokenLifetimes {
                    access: Some(of(5 * MINUTE)),
                    id: Some(of(DAY)),
                    refresh: Some(of(DAY)),
                    session: Some(of(180)),
                },
                "",
            ),
            (
                TokenLifetimes { access: Some(of(4 * MINUTE)), ..none },
                "valid for 4 minutes; Cognito takes 5 minutes to 1 day",
            ),
            (TokenLifetimes { refresh: Some(of(59 * MINUTE)), ..none }, "Cognito takes 1 hour to 3650 days"),
            (TokenLifetimes { session: Some(of(16 * MINUTE)), ..none }, "Cognito takes 3 minutes to 15 minutes"),
            (TokenLifetimes { id: Some(of(330)), ..none }, "valid for 330 seconds, which are not whole minutes"),
            (
                TokenLifetimes { access: Some(of(2 * HOUR)), refresh: Some(of(61 * MINUTE)), ..none },
                "longer than refresh tokens",
            ),
        ];
        for (tokens, expect) in cases {
            let found = problems(tokens);
            assert_eq!(found.is_empty(), expect.is_empty(), "{found:?}");
            assert!(found.iter().all(|message| message.contains(expect)), "{found:?} is not about {expect}");
        }
    }
}
