//! Values by name in a recipe, where a second value for a name is a problem.

use std::collections::BTreeMap;
use std::ops::Deref;

use purlin_construct::{Scope, Value};

use crate::check::set_twice;

/// Values by name; the first value of a name is kept.
#[derive(Debug, Clone, Default)]
pub(crate) struct Entries {
    all: BTreeMap<String, Value<String>>,
    twice: Vec<[(String, Value<String>); 2]>,
}

impl Entries {
    pub(crate) const fn new() -> Self {
        Self { all: BTreeMap::new(), twice: Vec::new() }
    }

    /// Adds a value; another one for the name is reported by [`check`](Self::check).
    pub(crate) fn insert(&mut self, name: String, value: Value<String>) {
        match self.all.get(&name) {
            None => drop(self.all.insert(name, value)),
            Some(first) if *first == value => (),
            Some(first) => self.twice.push([(name.clone(), first.clone()), (name, value)]),
        }
    }

    /// Reports names with two values.
    pub(crate) fn check(&self, scope: &Scope, what: &str) {
        self.twice.iter().for_each(|pair| set_twice(scope, what, pair));
    }
}

impl Deref for Entries {
    type Target = BTreeMap<String, Value<String>>;
    fn deref(&self) -> &Self::Target {
        &self.all
    }
}
