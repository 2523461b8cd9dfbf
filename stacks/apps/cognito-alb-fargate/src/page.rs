//! The page: who the user is, whether to believe it, and every claim. Whatever comes from outside is escaped.

use purlin_auth::AlbUser;
use serde_json::{Map, Value};

/// What is known of a request's user.
#[derive(Debug)]
pub enum Visitor {
    /// The balancer's claims, verified.
    Known(AlbUser),
    /// Claims that are not to be believed, if they could be read at all.
    Doubtful {
        /// Why not.
        doubt: String,
        /// What they say.
        claims: Option<Map<String, Value>>,
    },
    /// No token: the request did not pass a balancer that signs users in.
    Stranger,
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}\
table{border-collapse:collapse}td,th{border:1px solid #bbb;padding:.3rem .6rem;text-align:left;overflow-wrap:anywhere}\
.valid{color:#060}.invalid{color:#a00}";

/// The page for a visitor.
pub fn render(visitor: &Visitor) -> String {
    match visitor {
        Visitor::Known(user) => page(
            &format!("Hello, {}", name(user.claims())),
            &format!(
                "<p id=\"validity\" class=\"valid\">The claims are <strong>valid</strong>: signed by <code>{}</code>.</p>{}\
                 <p><a href=\"/logout\">Sign out</a></p>",
                escape(user.signer()),
                table(user.claims())
            ),
        ),
        Visitor::Doubtful { doubt, claims } => page(
            "Who are you?",
            &format!(
                "<p id=\"validity\" class=\"invalid\">The claims are <strong>invalid</strong>: {}.</p>{}\
                 <p><a href=\"/logout\">Sign out</a></p>",
                escape(doubt),
                claims.as_ref().map(|claims| format!("<p>They say:</p>{}", table(claims))).unwrap_or_default()
            ),
        ),
        Visitor::Stranger => page(
            "Who are you?",
            "<p id=\"validity\" class=\"invalid\">There are <strong>no claims</strong>: \
             this request came around the load balancer's login.</p>",
        ),
    }
}

/// The page after signing out where there is nowhere else to go.
pub fn goodbye() -> String {
    page("Goodbye", "<p>You are signed out here. <a href=\"/\">Sign in again</a></p>")
}

/// The user's name: the best the claims have.
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

/// Text as HTML shows it.
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
    fn claims_cannot_bring_markup() {
        let evil = "<script>alert('&\"')</script>";
        let claims = claims(&json!({ "name": evil, evil: [evil] }));
        let page = render(&Visitor::Doubtful { doubt: evil.into(), claims: Some(claims) });
        assert!(!page.contains("<script"), "{page}");
        assert_eq!(page.matches("&lt;script&gt;alert(&#39;&amp;").count(), 4, "{page}");
    }

    #[test]
    fn the_best_name_wins() {
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
    fn doubtful_claims_greet_nobody() {
        let visitor =
            Visitor::Doubtful { doubt: "it was changed".into(), claims: Some(claims(&json!({ "name": "Eve" }))) };
        let page = render(&visitor);
        assert!(page.contains("<strong>invalid</strong>: it was changed."), "{page}");
        assert!(!page.contains("Hello"), "{page}");
    }
}
