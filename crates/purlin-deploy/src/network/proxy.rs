//! Which requests go through a proxy. The SDK reads the environment itself; what is here checks the settings, whose
//! mistakes it ignores, and names the proxy in messages, never its password.

use aws_sdk_cloudformation::config::http::HttpRequest;
use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;

use crate::error::DeployError;

/// Addresses that only this machine answers. A proxy would give its own machine's credentials.
const LINK_LOCAL: [&str; 4] = ["169.254.169.254", "169.254.170.2", "169.254.170.23", "[fd00:ec2::254]"];

/// The proxies of the environment.
#[derive(Debug, Default)]
pub(super) struct Proxies {
    matcher: Option<Matcher>,
    /// Entries of `NO_PROXY` that the SDK does not know: `*.DOMAIN`, hosts with a port, and `*` for addresses.
    exempt: Vec<String>,
}

impl Proxies {
    /// By the environment: each variable in capitals or small letters.
    pub(super) fn of(variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, DeployError> {
        let read = |name: &str| {
            let small = name.to_ascii_lowercase();
            let found = variable(name).map(|value| (name.to_owned(), value));
            found.or_else(|| variable(&small).map(|value| (small, value))).filter(|(_, value)| !value.is_empty())
        };
        let all = read("ALL_PROXY");
        let (http, https) = (read("HTTP_PROXY").or(all.clone()), read("HTTPS_PROXY").or(all));
        for (name, value) in http.iter().chain(&https) {
            check(name, value)?;
        }
        if http.is_none() && https.is_none() {
            return Ok(Self::default());
        }
        let (_, no) = read("NO_PROXY").unwrap_or_default();
        let value = |found: Option<(String, String)>| found.map(|(_, value)| value).unwrap_or_default();
        let matcher = Matcher::builder().http(value(http)).https(value(https)).no(no.as_str()).build();
        let is_ours = |entry: &&str| {
            entry.starts_with('*') || entry.rsplit_once(':').is_some_and(|(host, _)| !host.contains(':'))
        };
        let exempt = no.split(',').map(str::trim).filter(is_ours).map(str::to_ascii_lowercase).collect();
        Ok(Self { matcher: Some(matcher), exempt })
    }

    pub(super) fn is_any(&self) -> bool {
        self.matcher.is_some()
    }

    /// The host and port of the proxy for a request, if it goes through one.
    pub(super) fn of_request(&self, request: &HttpRequest) -> Option<String> {
        self.of_uri(&request.uri().parse().ok()?)
    }

    fn of_uri(&self, uri: &Uri) -> Option<String> {
        let host = uri.host()?.to_ascii_lowercase();
        let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("http") { 80 } else { 443 });
        let is_exempt = |entry: &String| match entry.strip_prefix('*') {
            Some(domain) => host.ends_with(domain),
            None => entry.rsplit_once(':').is_some_and(|(name, given)| {
                let is_host = host == name.trim_start_matches('.') || name.starts_with('.') && host.ends_with(name);
                is_host && given.parse() == Ok(port)
            }),
        };
        if LINK_LOCAL.contains(&host.as_str()) || self.exempt.iter().any(is_exempt) {
            return None;
        }
        let found = self.matcher.as_ref()?.intercept(uri)?;
        found.uri().authority().map(ToString::to_string)
    }
}

fn check(name: &str, value: &str) -> Result<(), DeployError> {
    let wrong = |why: String| DeployError::Setting {
        setting: format!("`{name}`"),
        why,
        advice: "set it to `http://HOST:PORT`, or unset it; hosts in `NO_PROXY` are reached without a proxy".to_owned(),
    };
    let uri: Uri = value.parse().map_err(|_| wrong("it is no address of a proxy".to_owned()))?;
    match uri.scheme_str() {
        Some("http" | "https") | None if uri.host().is_some_and(|host| !host.is_empty()) => Ok(()),
        Some(scheme) if !matches!(scheme, "http" | "https") => {
            Err(wrong(format!("it names a `{scheme}` proxy, and only `http` and `https` proxies are used")))
        }
        _ => Err(wrong("it names no host".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Variables<'a> = &'a [(&'a str, &'a str)];

    fn proxies(environment: Variables<'_>) -> Result<Proxies, DeployError> {
        let found = |name: &str| environment.iter().find(|(it, _)| *it == name).map(|(_, value)| (*value).to_owned());
        Proxies::of(&found)
    }

    #[test]
    fn requests_go_through_the_proxy_that_the_environment_names() {
        const AWS: &str = "https://sts.eu-west-1.amazonaws.com/";
        const PLAIN: &str = "http://aws.internal.test/";
        let secret = ("HTTPS_PROXY", "http://me:hush%40@proxy.corp:3128");
        let all = ("ALL_PROXY", "http://all.corp:1");
        let cases: [(Variables<'_>, &str, Option<&str>); 26] = [
            (&[], AWS, None),
            (&[secret], AWS, Some("proxy.corp:3128")),
            (&[secret], PLAIN, None),
            (&[("https_proxy", "http://small.corp:2")], AWS, Some("small.corp:2")),
            (&[secret, ("https_proxy", "http://small.corp:2")], AWS, Some("proxy.corp:3128")),
            (&[("HTTP_PROXY", "plain.corp:80")], PLAIN, Some("plain.corp:80")),
            (&[("http_proxy", "https://plain.corp")], PLAIN, Some("plain.corp")),
            (&[("HTTP_PROXY", "http://plain.corp:80")], AWS, None),
            (&[all], AWS, Some("all.corp:1")),
            (&[all, secret], AWS, Some("proxy.corp:3128")),
            (&[("all_proxy", "http://all.corp:1")], PLAIN, Some("all.corp:1")),
            (&[("HTTPS_PROXY", "")], AWS, None),
            (&[secret, ("NO_PROXY", "sts.eu-west-1.amazonaws.com")], AWS, None),
            (&[secret, ("no_proxy", "example.com, .amazonaws.com")], AWS, None),
            (&[secret, ("NO_PROXY", "amazonaws.com")], AWS, None),
            (&[secret, ("NO_PROXY", "*.amazonaws.com")], AWS, None),
            (&[secret, ("NO_PROXY", "*.zonaws.com,zonaws.com")], AWS, Some("proxy.corp:3128")),
            (&[secret, ("NO_PROXY", "*")], AWS, None),
            (&[secret, ("NO_PROXY", "sts.eu-west-1.amazonaws.com:443")], AWS, None),
            (&[secret, ("NO_PROXY", "sts.eu-west-1.amazonaws.com:8443")], AWS, Some("proxy.corp:3128")),
            (&[all, ("NO_PROXY", "10.0.0.0/8")], "https://10.1.2.3:5000/", None),
            (&[all, ("NO_PROXY", "127.0.0.1")], "http://127.0.0.1:4566/", None),
            (&[all, ("NO_PROXY", "*")], "http://127.0.0.1:4566/", None),
            (&[all, ("NO_PROXY", "::1")], "http://[::1]:4566/", None),
            (&[all], "http://127.0.0.1:4566/", Some("all.corp:1")),
            (&[all], "http://169.254.169.254/latest/meta-data", None),
        ];
        for (environment, address, expected) in cases {
            let found = proxies(environment).unwrap().of_uri(&address.parse().unwrap());
            assert_eq!(found.as_deref(), expected, "{environment:?} {address}");
        }
    }

    #[test]
    fn a_proxy_that_cannot_be_used_is_named_without_its_password() {
        let cases = [
            (("HTTPS_PROXY", "socks5h://me:hush@proxy:1080"), "`HTTPS_PROXY`", "a `socks5h` proxy"),
            (("all_proxy", "socks4://hush:1080"), "`all_proxy`", "a `socks4` proxy"),
            (("HTTP_PROXY", "http://me:hush@"), "`HTTP_PROXY`", "no"),
            (("HTTPS_PROXY", "http://hush hush"), "`HTTPS_PROXY`", "it is no address"),
            (("https_proxy", "http://:hush"), "`https_proxy`", "no"),
        ];
        for (variable, name, why) in cases {
            let error = proxies(&[variable]).unwrap_err();
            let text = format!("{error} {}", error.hint().unwrap_or_default());
            assert!(text.contains(name) && text.contains(why) && !text.contains("hush"), "{variable:?}: {text}");
        }
    }
}
