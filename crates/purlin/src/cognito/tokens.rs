//! The lifetimes of tokens.

use std::time::Duration;

use purlin_cfn::cognito::{
    CfnUserPoolClient, UserPoolClientTokenValidityUnits, UserPoolClientTokenValidityUnitsAccessToken,
    UserPoolClientTokenValidityUnitsIdToken, UserPoolClientTokenValidityUnitsRefreshToken,
};
use purlin_construct::Scope;

use crate::check::Checks;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/// Cognito's default for refresh tokens.
const REFRESH_DEFAULT: u64 = 30 * DAY;

/// The lifetimes that are set; the others have Cognito's defaults.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct TokenLifetimes {
    pub access: Option<Duration>,
    pub id: Option<Duration>,
    pub refresh: Option<Duration>,
    pub session: Option<Duration>,
}

impl TokenLifetimes {
    /// Reports lifetimes that Cognito refuses.
    pub(super) fn check(self, scope: &Scope) {
        let refresh = scope.check("the lifetime of refresh tokens").hint("choose 1 hour to 3650 days");
        refresh.whole_minutes(self.refresh, 60..=3650 * 24 * 60);
        scope.check("the lifetime of a sign-in session").whole_minutes(self.session, 3..=15);
        let refresh = self.refresh.map_or(REFRESH_DEFAULT, |duration| duration.as_secs());
        for (what, duration) in [("access tokens", self.access), ("id tokens", self.id)] {
            let lifetime = scope.check(format!("the lifetime of {what}")).hint("choose 5 minutes to 1 day");
            lifetime.whole_minutes(duration, 5..=24 * 60);
            if let Some(duration) = duration
                && duration.as_secs() <= DAY
                && duration.as_secs() > refresh
            {
                scope.error(
                    format!("{what} are valid for `{duration:?}`, longer than refresh tokens: `{refresh}s`"),
                    "give refresh tokens at least the same lifetime",
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
                "is `240s`, but AWS takes 5 to 1440 whole minutes",
            ),
            (
                TokenLifetimes { refresh: Some(of(59 * MINUTE)), ..none },
                "is `3540s`, but AWS takes 60 to 5256000 whole minutes",
            ),
            (
                TokenLifetimes { session: Some(of(16 * MINUTE)), ..none },
                "is `960s`, but AWS takes 3 to 15 whole minutes",
            ),
            (TokenLifetimes { id: Some(of(330)), ..none }, "is `330s`, but AWS takes 5 to 1440 whole minutes"),
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
