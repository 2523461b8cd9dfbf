//! Whether a form was sent by a page of the app itself, such as one that signs the user out. Forms of other sites do not send its cookies, but those of a sibling
//! subdomain do, and the answer to either would remove them.

use http::HeaderMap;
use http::header::ORIGIN;

/// Whether a page of the app at this address sent the request. Browsers say so in `Sec-Fetch-Site`, old ones in `Origin`;
/// a request with neither is a program's, which no page can make send the user's cookies
/// (<https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html>).
///
/// ```
/// use http::HeaderMap;
/// use purlin_auth::is_same_origin;
///
/// let form = HeaderMap::from_iter([("sec-fetch-site".parse()?, "cross-site".parse()?)]);
/// assert!(!is_same_origin(&form, "https://app.example.com"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn is_same_origin(headers: &HeaderMap, address: &str) -> bool {
    let only = |name: &str| {
        let mut values = headers.get_all(name).iter();
        values.next().filter(|_| values.next().is_none()).and_then(|value| value.to_str().ok())
    };
    match only("sec-fetch-site") {
        Some(site) => site == "same-origin" || site == "none",
        None if headers.contains_key("sec-fetch-site") => false,
        None => !headers.contains_key(ORIGIN) || only(ORIGIN.as_str()).is_some_and(|origin| origin == of(address)),
    }
}

/// The origin of an address, as browsers write it: in small letters, without the path and the scheme's own port.
fn of(address: &str) -> String {
    let host = address.find("://").map_or(0, |scheme| scheme + 3);
    let end = address[host..].find(['/', '?', '#']).map_or(address.len(), |path| host + path);
    let origin = address[..end].to_ascii_lowercase();
    let port = if origin.starts_with("https:") { ":443" } else { ":80" };
    origin.strip_suffix(port).map(str::to_owned).unwrap_or(origin)
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::{is_same_origin, of};

    #[test]
    fn the_origin_is_the_one_that_browsers_send() {
        for (address, origin) in [
            ("https://app.example.com", "https://app.example.com"),
            ("https://App.example.com:443/base/", "https://app.example.com"),
            ("https://app.example.com:8443", "https://app.example.com:8443"),
            ("http://localhost:8000/", "http://localhost:8000"),
            ("http://[::1]:80", "http://[::1]"),
        ] {
            assert_eq!(of(address), origin);
        }
    }

    #[test]
    fn forms_of_other_pages_are_not_the_apps() {
        let own = "https://app.example.com";
        for (sent, expected) in [
            (&[("sec-fetch-site", "same-origin")][..], true),
            (&[("sec-fetch-site", "none")], true),
            (&[("sec-fetch-site", "same-origin"), ("origin", "null")], true),
            (&[("sec-fetch-site", "same-site"), ("origin", own)], false),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")], false),
            (&[("origin", own)], true),
            (&[("origin", own), ("origin", own)], false),
            (&[("origin", "null")], false),
            (&[("origin", "http://app.example.com")], false),
            (&[("origin", "https://evil.example.com")], false),
            (&[("origin", "https://app.example.com.evil.example")], false),
            (&[], true),
        ] {
            let pair = |(name, value): &(&'static str, &'static str)| {
                (HeaderName::from_static(name), HeaderValue::from_static(value))
            };
            let mut headers = HeaderMap::new();
            for (name, value) in sent.iter().map(pair) {
                headers.append(name, value);
            }
            assert_eq!(is_same_origin(&headers, own), expected, "{sent:?}");
        }
    }
}
