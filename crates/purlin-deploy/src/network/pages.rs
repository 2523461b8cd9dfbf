//! Turns the pages of a listing. A server that gives the same page again and again must not keep a command for ever.

use std::collections::BTreeSet;

use crate::error::DeployError;

/// Far above the events of the longest-lived stack, 100 on a page, and the logs of a busy week.
const MOST: usize = 100_000;

/// Where a listing is.
#[derive(Debug)]
pub(crate) struct Pages {
    operation: &'static str,
    token: Option<String>,
    seen: BTreeSet<String>,
}

impl Pages {
    /// The first page of what an API call lists.
    pub(crate) fn of(operation: &'static str) -> Self {
        Self { operation, token: None, seen: BTreeSet::new() }
    }

    /// What the call for the current page has as its token.
    pub(crate) fn token(&self) -> Option<String> {
        self.token.clone()
    }

    /// Turns to the page with this token. Whether there is one.
    pub(crate) fn turn(&mut self, next: Option<&str>) -> Result<bool, DeployError> {
        self.token = next.map(str::to_owned).filter(|token| !token.is_empty());
        let Some(token) = &self.token else { return Ok(false) };
        let detail = match (self.seen.len() < MOST, self.seen.insert(token.clone())) {
            (true, true) => return Ok(true),
            (_, false) => "the page after this one is one that was read before".to_owned(),
            (false, true) => format!("there are more than {MOST} pages"),
        };
        Err(DeployError::NotAws { operation: self.operation, detail })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_end() {
        let mut pages = Pages::of("ListExports");
        assert!(pages.turn(Some("a")).unwrap() && pages.turn(Some("b")).unwrap());
        assert_eq!(pages.token().as_deref(), Some("b"));
        assert!(!pages.turn(None).unwrap() && !pages.turn(Some("")).unwrap());

        let mut same = Pages::of("ListExports");
        let ring = ["a", "b", "c"].iter().cycle().map(|token| same.turn(Some(token)));
        let turned = ring.take(10).take_while(Result::is_ok).count();
        assert_eq!(turned, 3, "a ring of pages");

        let mut many = Pages::of("ListExports");
        let refused = (0..=100_001).map(|it| many.turn(Some(&it.to_string()))).find_map(Result::err).unwrap();
        assert!(refused.to_string().contains("more than 100000 pages"), "{refused}");
    }
}
