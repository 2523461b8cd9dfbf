//! A browser with the features that a login needs: cookies by host, redirects, forms. Requests go to the emulator's
//! gateway, except those to `localhost` or `127.0.0.1` with a port.

use std::collections::BTreeMap;

use super::http::{form, send};

/// A browser: cookies and history.
#[derive(Debug)]
pub struct Browser {
    gateway: u16,
    jar: BTreeMap<(String, String), String>,
    /// The addresses visited, without their queries.
    pub trail: Vec<String>,
}

/// The page that a browser shows.
#[derive(Debug)]
pub struct Page {
    /// The last address.
    pub address: String,
    /// The status of the last answer.
    pub status: u16,
    /// The page's source.
    pub source: String,
}

impl Browser {
    /// A browser without cookies.
    pub fn new(gateway: u16) -> Self {
        Self { gateway, jar: BTreeMap::new(), trail: Vec::new() }
    }

    /// Goes to an address and follows redirects.
    #[track_caller]
    pub fn visit(&mut self, address: &str) -> Page {
        self.follow("GET", address, "", None)
    }

    /// Sends a page's form with some fields filled in.
    #[track_caller]
    pub fn submit(&mut self, page: &Page, filled: &[(&str, &str)]) -> Page {
        let (action, body) = filled_in(page, filled);
        self.follow("POST", &action, &body, Some(&page.address))
    }

    /// Sends the form of this address from a page of another site, as the browser does with this site's cookies.
    #[track_caller]
    pub fn submit_from(&mut self, site: &str, action: &str) -> Page {
        self.ask("POST", action, "", Some(site)).0
    }

    /// Sends a page's form with some fields filled in. Returns the address of the redirect, without following it.
    #[track_caller]
    pub fn submit_without_redirect(&mut self, page: &Page, filled: &[(&str, &str)]) -> String {
        let (action, body) = filled_in(page, filled);
        let (answer, next) = self.ask("POST", &action, &body, Some(&page.address));
        next.unwrap_or_else(|| panic!("`{action}` is not answered with a redirect: {}", answer.source))
    }

    /// The names of the cookies a host has set.
    pub fn cookies(&self, host: &str) -> Vec<&str> {
        self.jar.keys().filter(|(owner, _)| owner == host).map(|(_, name)| name.as_str()).collect()
    }

    /// The value of a host's cookie.
    pub fn cookie(&self, host: &str, name: &str) -> Option<&str> {
        self.jar.get(&(host.to_owned(), name.to_owned())).map(String::as_str)
    }

    #[track_caller]
    fn follow(&mut self, method: &str, address: &str, body: &str, from: Option<&str>) -> Page {
        let (mut method, mut address, mut body, mut from) = (method, address.to_owned(), body, from);
        for _ in 0..12 {
            let page = self.ask(method, &address, body, from);
            let Some(next) = page.1 else { return page.0 };
            address = absolute(&address, &next);
            (method, body, from) = ("GET", "", None);
        }
        panic!("too many redirects: {:#?}", self.trail);
    }

    /// One request, with the origin of the page whose form it is; the next address if the answer is a redirect.
    fn ask(&mut self, method: &str, address: &str, body: &str, from: Option<&str>) -> (Page, Option<String>) {
        let (scheme, host, path) = parts(address);
        self.trail.push(address.split('?').next().unwrap_or(address).to_owned());
        // The gateway has only plain HTTP. Port 443 in `Host` stands for TLS.
        let shown = if scheme == "https" && !host.contains(':') { format!("{host}:443") } else { host.to_owned() };
        let name = host.split(':').next().unwrap_or(host).to_owned();
        let cookies: Vec<_> = self
            .jar
            .iter()
            .filter(|((owner, _), _)| *owner == name)
            .map(|((_, key), value)| format!("{key}={value}"))
            .collect();
        let cookies = cookies.join("; ");
        let mut headers = vec![("Host", shown.as_str()), ("Content-Type", "application/x-www-form-urlencoded")];
        if !cookies.is_empty() {
            headers.push(("Cookie", &cookies));
        }
        // Browsers leave the scheme's own port out.
        let origin = from.map(|page| format!("{}://{}", parts(page).0, parts(page).1.trim_end_matches(":443")));
        headers.extend(origin.as_deref().map(|origin| ("Origin", origin)));
        let answer = send(self.port(host), method, path, &headers, body);
        for (_, cookie) in answer.headers.iter().filter(|(header, _)| header == "set-cookie") {
            self.keep(&name, cookie);
        }
        let next = answer.header("location").filter(|_| (300..400).contains(&answer.status)).map(str::to_owned);
        (Page { address: address.to_owned(), status: answer.status, source: answer.body }, next)
    }

    fn port(&self, host: &str) -> u16 {
        let own = host.split_once(':').filter(|(name, _)| ["localhost", "127.0.0.1"].contains(name));
        own.and_then(|(_, port)| port.parse().ok()).unwrap_or(self.gateway)
    }

    fn keep(&mut self, host: &str, cookie: &str) {
        let (pair, rest) = cookie.split_once(';').unwrap_or((cookie, ""));
        let Some((name, value)) = pair.split_once('=') else { return };
        let age = rest
            .split(';')
            .filter_map(|part| part.trim().split_once('='))
            .find(|(key, _)| key.eq_ignore_ascii_case("max-age"));
        let over = age.and_then(|(_, age)| age.parse::<i64>().ok()).is_some_and(|age| age <= 0);
        let key = (host.to_owned(), name.trim().to_owned());
        if over {
            self.jar.remove(&key);
        } else {
            self.jar.insert(key, value.to_owned());
        }
    }
}

/// The address and the body of a page's form.
#[track_caller]
fn filled_in(page: &Page, filled: &[(&str, &str)]) -> (String, String) {
    let form_tag = tags(&page.source, "form").next().expect("the page has a form");
    let action = attribute(form_tag, "action").unwrap_or_else(|| page.address.clone());
    let inputs = tags(&page.source, "input").filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value"))));
    let mut fields: BTreeMap<String, String> = inputs.map(|(name, value)| (name, value.unwrap_or_default())).collect();
    fields.extend(filled.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let body = form(fields.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    (absolute(&page.address, &action), body)
}

/// Scheme, host with port, path with query.
fn parts(address: &str) -> (&str, &str, &str) {
    let (scheme, rest) = address.split_once("://").unwrap_or_else(|| panic!("`{address}` is not an address"));
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let path = if rest[end..].is_empty() { "/" } else { &rest[end..] };
    (scheme, &rest[..end], path)
}

fn absolute(base: &str, address: &str) -> String {
    if address.contains("://") {
        return address.to_owned();
    }
    let (scheme, host, _) = parts(base);
    format!("{scheme}://{host}{address}")
}

/// The inner text of every `<name ..>`.
fn tags<'a>(source: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let opening = format!("<{name} ");
    let pieces: Vec<&str> = source.split(&opening).skip(1).filter_map(|piece| piece.split('>').next()).collect();
    pieces.into_iter()
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let value = tag.split_once(&format!("{name}=\""))?.1.split('"').next()?;
    Some(
        value
            .replace("&quot;", "\"")
            .replace("&#x27;", "'")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&"),
    )
}
