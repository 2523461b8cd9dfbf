//! Tests of templates as data, through the public API only.

mod broadening;
mod emit;
mod lint;
mod load;
mod schema;
mod secrets;
mod view;
