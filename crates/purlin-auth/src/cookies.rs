//! Signs a user out of a load balancer: its session exists only in cookies.

use crate::endpoint::EndpointError;
use crate::error::shown;

/// The default name of a balancer's session cookie, without the number at its end.
pub const ALB_SESSION_COOKIE: &str = "AWSELBAuthSessionCookie";

/// A balancer writes at most four cookies. A request can name others: each would be a line of 100 bytes in the answer.
const LAST_SHARD: u8 = 15;

/// The values of `Set-Cookie` headers that end a balancer's session.
///
/// The session is split into cookies of 4 KiB, `NAME-0`, `NAME-1` and so on; all of them must expire. This function
/// expires the first four, and further ones up to the 16th in the request's `Cookie` headers. Then redirect the browser
/// to the pool's logout address ([`UserPoolDomain::logout_url`](crate::UserPoolDomain::logout_url)): otherwise the next
/// request signs the user in again without asking.
///
/// `name` is the rule's `SessionCookieName`, by default [`ALB_SESSION_COOKIE`]. A name that no cookie can have is an
/// error.
///
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-authenticate-users.html#authentication-logout>
///
/// ```
/// use purlin_auth::{ALB_SESSION_COOKIE, expired_alb_cookies};
///
/// let cookies = expired_alb_cookies(ALB_SESSION_COOKIE, ["theme=dark"])?;
/// assert_eq!(cookies.len(), 4);
/// assert!(cookies[0].starts_with("AWSELBAuthSessionCookie-0=; Max-Age=-1; "));
/// # Ok::<(), purlin_auth::EndpointError>(())
/// ```
pub fn expired_alb_cookies<'a>(
    name: &str,
    cookie_headers: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<String>, EndpointError> {
    if name.is_empty() || !name.bytes().all(is_token) {
        let expected = "the name of a cookie: letters, digits and `-`, `_`, `.`";
        return Err(EndpointError { given: shown(name), expected });
    }
    let cookies = cookie_headers.into_iter().flat_map(|header| header.split(';'));
    let names = cookies.filter_map(|cookie| cookie.trim().split('=').next());
    let shard = |found: &str| found.strip_prefix(name)?.strip_prefix('-')?.parse::<u8>().ok();
    let last = names.filter_map(shard).filter(|shard| *shard <= LAST_SHARD).max().unwrap_or_default().max(3);
    let ended = "Max-Age=-1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/; Secure; HttpOnly";
    Ok((0..=last).map(|shard| format!("{name}-{shard}=; {ended}")).collect())
}

/// A character of a cookie's name: RFC 6265 refers to RFC 2616 for them.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?={}".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::expired_alb_cookies;

    #[test]
    fn every_cookie_of_the_session_expires() {
        let cookies = expired_alb_cookies("S", ["a=b; S-0=x; S-11=y", "S-5=z; S-x=1; Other-77=1"]).unwrap();
        assert_eq!(cookies.len(), 12);
        for (header, lines) in [("", 4), ("S-255=x; S-256=y; S-99999999999999999999=z", 4), ("S-15=x; S-16=y", 16)] {
            assert_eq!(expired_alb_cookies("S", [header]).unwrap().len(), lines, "{header}");
        }
        assert_eq!(cookies[11], "S-11=; Max-Age=-1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/; Secure; HttpOnly");
    }

    #[test]
    fn a_name_cannot_inject_a_header() {
        for name in ["", "a b", "a;b", "a=b", "a\r\nSet-Cookie: b"] {
            let error = expired_alb_cookies(name, []).unwrap_err().to_string();
            assert!(error.contains("is not the name of a cookie"), "{error}");
        }
    }
}
