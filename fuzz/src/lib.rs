//! What is fuzzed: the parsers of all that comes from outside, each with a property that every input has to keep.
//!
//! `cargo xtask fuzz` runs libFuzzer on a target; `cargo test -p purlin-fuzz` replays the inputs in `corpus/TARGET`. An input
//! is text, and more than one text where `\n---\n` divides it. Modules of binaries are included as files: `head`, `form`,
//! `overrides`, `terminal`.

mod answers;
mod assembly;
mod auth;
mod evidence;
#[path = "../../crates/purlin-deploy/src/network/form.rs"]
mod form;
#[path = "../../crates/purlin-cli/src/token/head.rs"]
mod head;
#[path = "../../stacks/src/overrides.rs"]
mod overrides;
mod server;
mod settings;
mod templates;
#[path = "../../crates/purlin-cli/src/text.rs"]
mod terminal;
mod texts;
mod tokens;

/// A function that panics for an input that breaks its property.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The name of its corpus.
    pub name: &'static str,
    /// The function.
    pub run: fn(&[u8]),
}

/// All targets, by name.
pub const TARGETS: &[Target] = &[
    Target { name: "answers", run: answers::answers },
    Target { name: "assets", run: assembly::assets },
    Target { name: "broadening", run: templates::broadening },
    Target { name: "cookies", run: auth::cookies },
    Target { name: "evidence", run: evidence::evidence },
    Target { name: "globs", run: assembly::globs },
    Target { name: "jwks", run: tokens::jwks },
    Target { name: "jwt", run: tokens::jwt },
    Target { name: "lint", run: templates::lint },
    Target { name: "listener", run: auth::listener },
    Target { name: "manifest", run: assembly::manifest },
    Target { name: "oauth", run: auth::oauth },
    Target { name: "redaction", run: texts::redaction },
    Target { name: "references", run: templates::references },
    Target { name: "settings", run: settings::settings },
    Target { name: "templates", run: templates::templates },
    Target { name: "terminal", run: texts::terminal },
];

/// The texts of an input.
fn parts<const N: usize>(data: &[u8]) -> Option<[&str; N]> {
    let mut parts = str::from_utf8(data).ok()?.splitn(N, "\n---\n");
    Some([(); N].map(|()| parts.next().unwrap_or_default()))
}
