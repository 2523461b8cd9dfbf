//! The order of the passes over a finished tree.

/// When a pass over the finished tree runs: [`Scope::pass`](crate::Scope::pass).
///
/// Synthesis runs the passes of `Complete`, then the aspects, and repeats both while they add passes or constructs. Then
/// it runs the passes of `Last`, and starts again if there were any. The passes of `Validate` run once at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Before aspects: a construct adds what depends on later calls.
    Complete,
    /// After aspects: for passes that read the whole tree and still change it.
    Last,
    /// After all changes: for passes that only report problems.
    Validate,
}
