//! The page: the user, whether the claims are valid, and every claim. All text from outside is escaped.

use purlin_auth::AlbUser;
use serde_json::{Map, Value};

/// The user of a request.
#[derive(Debug)]
pub enum Visitor {
    /// The balancer's claims are valid.
    Verified(AlbUser),
    /// The claims are invalid.
    Invalid {
        /// Why.
        reason: String,
        /// The claims, if they can be read.
        claims: Option<Map<String, Value>>,
    },
    /// There are no claims: the request did not pass a balancer that signs users in.
    Anonymous,
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}\
table{border-collapse:collapse}td,th{border:1px solid #bbb;padding:.3rem .6rem;text-align:left;overflow-wrap:anywhere}\
.valid{color:#060}.invalid{color:#a00}";

/// A form: a link, a picture or a prefetch of another site must not sign a user out.
const SIGN_OUT: &str = "<form method=\"post\" action=\"/logout\"><button>Sign out</button></form>";

/// The page for a visitor.
pub fn render(visitor: &Visitor) -> String {
    match visitor {
        Visitor::Verified(user) => page(
            &format!("Hello, {}", name(user.claims())),
            &format!(
                "<p id=\"validity\" class=\"valid\">The claims are <strong>valid</strong>: signed by <code>{}</code>.</p>{}{SIGN_OUT}",
                escape(user.signer()),
                table(user.claims())
            ),
        ),
        Visitor::Invalid { reason, claims } => page(
            "Who are you?",
            &format!(
                "<p id=\"validity\" class=\"invalid\">The claims are <strong>invalid</strong>: {}.</p>{}{SIGN_OUT}",
                escape(reason),
                claims.as_ref().map(|claims| format!("<p>The claims:</p>{}", table(claims))).unwrap_or_default()
            ),
        ),
        Visitor::Anonymous => page(
            "Who are you?",
            "<p id=\"validity\" class=\"invalid\">There are <strong>no claims</strong>: \
             this request did not pass the load balancer's login.</p>",
        ),
    }
}

/// The page that asks whether to sign out: a bookmark, or a form whose request led to a new sign-in first.
pub fn ask() -> String {
    page("Sign out?", &format!("{SIGN_OUT}<p><a href=\"/\">Stay signed in</a></p>"))
}

/// The page for a form of another site.
pub fn foreign() -> String {
    page("You are not signed out", &format!("<p>Another site asked for it.</p>{SIGN_OUT}<p><a href=\"/\">Back</a></p>"))
}

/// The page after signing out, without a logout address.
pub fn goodbye() -> String {
    page("Goodbye", "<p>You are signed out here. <a href=\"/\">Sign in again</a></p>")
}

/// The user's name, from the first of these claims.
fn name(claims: &Map<String, Value>) -> &str {
    let names = ["name", "preferred_username", "email", "cognito:username", "username", "sub"];
    names.iter().find_map(|claim| claims.get(*claim)?.as_str()).unwrap_or("stranger")
}

fn table(claims: &Map<String, Value>) -> String {
    let row = |(claim, value): (&String, &Value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("<tr><th>{}</th><td>{}</td></tr>", escape(claim), escape(&value))
    };
    format!("<table id=\"claims\">{}</table>", claims.iter().map(row).collect::<Vec<_>>().concat())
}

fn page(title: &str, body: &str) -> String {
    let title = escape(title);
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <style>{STYLE}</style></head><body><h1>{title}</h1>{body}</body></html>"
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
    use serde_json::{Map, json};

    use super::{Visitor, name, render};

    fn claims(value: &serde_json::Value) -> Map<String, serde_json::Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn claims_are_escaped() {
        let evil = "<script>alert('&\"')</script>";
        let claims = claims(&json!({ "name": evil, evil: [evil] }));
        let page = render(&Visitor::Invalid { reason: evil.into(), claims: Some(claims) });
        assert!(!page.contains("<script"), "{page}");
        assert_eq!(page.matches("&lt;script&gt;alert(&#39;&amp;").count(), 4, "{page}");
    }

    #[test]
    fn the_name_is_the_first_of_several_claims() {
        for (given, expected) in [
            (json!({ "sub": "1", "email": "ada@example.com", "username": "ada" }), "ada@example.com"),
            (json!({ "sub": "1", "username": "ada" }), "ada"),
            (json!({ "sub": "1", "name": 7 }), "1"),
            (json!({}), "stranger"),
        ] {
            assert_eq!(name(&claims(&given)), expected);
        }
    }

    #[test]
    fn invalid_claims_greet_no_one() {
        let visitor =
            Visitor::Invalid { reason: "it was changed".into(), claims: Some(claims(&json!({ "name": "Eve" }))) };
        let page = render(&visitor);
        assert!(page.contains("<strong>invalid</strong>: it was changed."), "{page}");
        assert!(!page.contains("Hello"), "{page}");
    }
}
