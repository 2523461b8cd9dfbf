//! The pages: plain HTML for keyboards and screen readers too. All text from outside is escaped.

use crate::problem::Explanation;
use crate::records::Record;

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1a1f2b;--paper:#fff;--line:#d5d9e0;--accent:#0b5cab;--on-accent:#fff;--bad:#a3201a}\
@media(prefers-color-scheme:dark){:root{--ink:#e8eaf0;--paper:#151922;--line:#3a4150;--accent:#7db7f2;--on-accent:#10141c;--bad:#ff9c94}}\
body{font:1rem/1.6 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:0}\
main{max-width:40rem;margin:0 auto;padding:3rem 1.25rem}\
h1{font-size:1.75rem;line-height:1.25;margin:0 0 1rem}h2{font-size:1.15rem;margin:2rem 0 .5rem}\
a{color:var(--accent)}\
.button{display:inline-block;font:inherit;font-weight:600;padding:.6rem 1.2rem;margin:.25rem .5rem .25rem 0;border:2px solid var(--accent);\
border-radius:.5rem;background:var(--accent);color:var(--on-accent);text-decoration:none;cursor:pointer}\
.button.plain{background:transparent;color:var(--accent)}\
:focus-visible{outline:3px solid var(--accent);outline-offset:3px}\
dl{display:grid;grid-template-columns:max-content 1fr;gap:.4rem 1.5rem;margin:0}\
dt{font-weight:600}dd{margin:0;overflow-wrap:anywhere}\
table{border-collapse:collapse;width:100%}th,td{border-bottom:1px solid var(--line);padding:.4rem .75rem .4rem 0;text-align:left;overflow-wrap:anywhere}\
.problem{border-left:.3rem solid var(--bad);padding-left:1rem}\
footer{margin-top:3rem;border-top:1px solid var(--line);padding-top:1rem;font-size:.875rem}";

/// The first page without a session, with a button for each of these providers.
pub fn welcome(providers: &[String]) -> String {
    let buttons: String = providers.iter().map(|name| provider_button(name)).collect();
    page(
        "Welcome",
        &format!(
            "<h1>Welcome</h1><p>Sign in to see your profile. The sign-in pages are those of the user pool: \
             this app never receives a password.</p>\
             <p><a class=\"button\" id=\"sign-in\" href=\"/login\">Sign in</a>{buttons}</p>"
        ),
    )
}

/// The profile of a signed-in user.
pub fn profile(record: &Record, subject: &str) -> String {
    let name = escape(record.name.as_deref().or(record.email.as_deref()).unwrap_or("stranger"));
    let email = match &record.email {
        Some(email) => format!("<span id=\"email\">{}</span> (verified)", escape(email)),
        None => "<span id=\"email\">none that is verified</span>: \
                 this account is not joined with your other accounts"
            .to_owned(),
    };
    let row = |identity: &crate::records::Identity| {
        let now = if identity.subject == subject { "yes" } else { "" };
        format!("<tr><td>{}</td><td>{}</td><td>{now}</td></tr>", escape(&identity.provider), escape(&identity.subject))
    };
    let rows: String = record.identities.iter().map(row).collect();
    page(
        "Your profile",
        &format!(
            "<h1>Hello, <span id=\"name\">{name}</span></h1>\
             <dl><dt>E-mail address</dt><dd>{email}</dd>\
             <dt>Your record</dt><dd>number <span id=\"record\">{}</span></dd>\
             <dt>Sign-ins</dt><dd id=\"sign-ins\">{}</dd></dl>\
             <h2 id=\"ways\">How you signed in so far</h2>\
             <table id=\"identities\" aria-labelledby=\"ways\"><thead><tr><th scope=\"col\">With</th>\
             <th scope=\"col\">User id</th><th scope=\"col\">Now</th></tr></thead><tbody>{rows}</tbody></table>\
             <h2>Leave</h2><form method=\"post\" action=\"/logout\">\
             <button class=\"button plain\" id=\"sign-out\">Sign out</button></form>",
            record.id, record.sign_ins
        ),
    )
}

/// After signing out.
pub fn signed_out() -> String {
    page(
        "Signed out",
        "<h1>You are signed out</h1><p>Your session here is over, and so is the one of the sign-in pages.</p>\
         <p><a class=\"button\" id=\"sign-in\" href=\"/login\">Sign in again</a></p>",
    )
}

/// The page for a problem.
pub fn problem(problem: &Explanation) -> String {
    page(
        problem.title,
        &format!(
            "<div class=\"problem\" role=\"alert\" id=\"problem\" data-problem=\"{}\"><h1>{}</h1><p>{}</p></div>\
             <p><a class=\"button\" id=\"sign-in\" href=\"/login\">Sign in again</a> <a href=\"/\">First page</a></p>",
            problem.code,
            escape(problem.title),
            escape(&problem.advice)
        ),
    )
}

fn provider_button(name: &str) -> String {
    let encoded: String = name.bytes().map(percent_encoded).collect();
    let name = escape(name);
    format!("<a class=\"button plain\" href=\"/login?provider={encoded}\">Continue with {name}</a>")
}

fn percent_encoded(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>{}</title>\
         <style>{STYLE}</style></head><body><main>{body}\
         <footer>An example of Purlin: the stack <code>WebLogin</code>.</footer></main></body></html>",
        escape(title)
    )
}

/// Escapes text for HTML.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{profile, welcome};
    use crate::records::{Identity, Record};

    #[test]
    fn text_from_outside_is_escaped() {
        let evil = "<script>\"'&";
        let identities = vec![Identity { subject: evil.into(), provider: evil.into() }];
        let record = Record { id: 1, email: Some(evil.into()), name: Some(evil.into()), identities, sign_ins: 1 };
        let pages = [profile(&record, evil), welcome(&[evil.to_owned()])];
        for page in pages {
            assert!(!page.contains("<script>") && page.contains("&lt;script&gt;&quot;&#39;&amp;"), "{page}");
        }
        assert!(welcome(&["A B".to_owned()]).contains("href=\"/login?provider=A%20B\""));
    }

    #[test]
    fn the_profile_shows_that_no_address_is_verified() {
        let record = Record { id: 1, email: None, name: None, identities: Vec::new(), sign_ins: 1 };
        assert!(profile(&record, "1").contains("none that is verified"));
    }
}
