//! The page for the API. Its script gets the data, and inserts it as text only.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{Html, IntoResponse, Response};

use crate::routes::App;

/// No other sources, nothing inline, no frames.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// The page.
pub async fn html(State(app): State<App>) -> Response {
    // Signing out redirects to the user pool: browsers apply `form-action` to redirects too.
    let form = format!("form-action 'self' {}", app.settings.client.domain().as_str());
    let policy = POLICY.replace("form-action 'none'", &form);
    let mut page = file("text/html; charset=utf-8", include_str!("page.html"));
    page.headers_mut().insert(CONTENT_SECURITY_POLICY, policy.parse().expect("a domain's address is printable"));
    page
}

/// Its script.
pub async fn script() -> Response {
    file("text/javascript; charset=utf-8", include_str!("page.js"))
}

/// Its style.
pub async fn style() -> Response {
    file("text/css; charset=utf-8", include_str!("page.css"))
}

/// A page with a message and a link to the contacts.
pub fn message(status: StatusCode, title: &str, text: &str) -> Response {
    let (title, text) = (escape(title), escape(text));
    let page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <link rel=\"stylesheet\" href=\"/page.css\"></head>\
         <body><main><h1>{title}</h1><p role=\"alert\">{text}.</p><p><a href=\"/\">Contacts</a></p></main></body></html>"
    );
    (status, safe("text/html; charset=utf-8"), Html(page)).into_response()
}

fn file(kind: &'static str, text: &'static str) -> Response {
    (safe(kind), text).into_response()
}

fn safe(kind: &'static str) -> [(axum::http::HeaderName, &'static str); 5] {
    [
        (CONTENT_TYPE, kind),
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // With `no-referrer`, browsers send `Origin: null` with the app's own forms.
        (REFERRER_POLICY, "same-origin"),
    ]
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
