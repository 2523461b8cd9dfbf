//! Ctrl-C and SIGTERM, and what the user makes of them. Each stack hears of each wish once.

use std::collections::BTreeMap;
use std::sync::Mutex;

use purlin_deploy::Interruption;
use tokio::sync::watch;

/// What the user wants, for whoever asks.
#[derive(Debug)]
pub(crate) struct Interrupts {
    /// The last wish, numbered.
    wish: watch::Sender<(usize, Option<Interruption>)>,
    /// The number of the last wish each stack has heard.
    heard: Mutex<BTreeMap<String, usize>>,
    signal: Mutex<Option<Signal>>,
}

/// What came from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// Whoever runs this machine wants us gone.
    Terminate,
}

impl Default for Interrupts {
    fn default() -> Self {
        Self { wish: watch::Sender::new((0, None)), heard: Mutex::default(), signal: Mutex::default() }
    }
}

impl Interrupts {
    /// The next signal.
    pub(crate) async fn signal(&self) -> Signal {
        let signal = tokio::select! {
            _ = tokio::signal::ctrl_c() => Signal::Interrupt,
            () = terminated() => Signal::Terminate,
        };
        *self.signal.lock().expect("nobody panics with it") = Some(signal);
        signal
    }

    /// The last signal that came.
    pub(crate) fn last_signal(&self) -> Option<Signal> {
        *self.signal.lock().expect("nobody panics with it")
    }

    /// Tells every stack.
    pub(crate) fn tell(&self, wanted: Interruption) {
        self.wish.send_modify(|(number, wish)| {
            *number += 1;
            *wish = Some(wanted);
        });
    }

    /// Ends when there is a wish that the stack has not heard yet. Dropping it loses nothing.
    pub(crate) async fn next(&self, stack: &str) -> Interruption {
        let mut wishes = self.wish.subscribe();
        loop {
            if let (number, Some(wish)) = *wishes.borrow_and_update()
                && self.is_new(stack, number)
            {
                return wish;
            }
            // The sender lives as long as we do.
            let _ = wishes.changed().await;
        }
    }

    /// Ends when there is any wish at all.
    pub(crate) async fn any(&self) {
        let mut wishes = self.wish.subscribe();
        let _ = wishes.wait_for(|(_, wish)| wish.is_some()).await;
    }

    fn is_new(&self, stack: &str, number: usize) -> bool {
        let mut heard = self.heard.lock().expect("nobody panics with it");
        heard.insert(stack.to_owned(), number) != Some(number)
    }
}

#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending().await
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn heard(interrupts: &Interrupts, stack: &str) -> Option<Interruption> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async { tokio::time::timeout(Duration::from_millis(20), interrupts.next(stack)).await.ok() })
    }

    #[test]
    fn every_stack_hears_each_wish_once() {
        let interrupts = Interrupts::default();
        assert_eq!(heard(&interrupts, "Web"), None);
        interrupts.tell(Interruption::Cancel);
        assert_eq!(heard(&interrupts, "Web"), Some(Interruption::Cancel));
        assert_eq!(heard(&interrupts, "Web"), None, "it has been told");
        assert_eq!(heard(&interrupts, "Db"), Some(Interruption::Cancel));
        interrupts.tell(Interruption::Detach);
        assert_eq!(heard(&interrupts, "Web"), Some(Interruption::Detach));
        assert_eq!(heard(&interrupts, "Late"), Some(Interruption::Detach), "a stack that comes later is told too");
    }
}
