//! Automatic patches: what the library wired on its own, so that users see it and can turn it off.

/// Something the library wired that the user did not ask for by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// Its name, by which it is turned off: [`Scope::without_patch`](crate::Scope::without_patch).
    pub name: &'static str,
    /// The path of the construct it was applied to.
    pub path: String,
    /// What was done.
    pub what: String,
    /// Why.
    pub why: String,
}
