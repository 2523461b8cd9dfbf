//! Runs asynchronous commands, and ends them at Ctrl-C where a command does not handle it itself.

use crate::failure::Failure;

/// Runs a command that asks AWS and changes nothing that goes on without it: Ctrl-C ends it.
pub(crate) fn block_on(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    block_on_watched(or_interrupted(work))
}

/// Runs a command that handles Ctrl-C in its view.
pub(crate) fn block_on_watched(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::bug(format!("the asynchronous runtime does not start: {error}")))?;
    runtime.block_on(work)
}

/// The result of `work`, or a failure at Ctrl-C.
pub(crate) async fn or_interrupted<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::select! {
        result = work => result,
        _ = tokio::signal::ctrl_c() => Err(Failure::interrupted(&[])),
    }
}
