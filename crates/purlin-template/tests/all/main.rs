//! Tests of templates as data, through the public API only.

mod broadening;
mod corpus;
mod emit;
mod lint;
mod load;
mod openings;
mod references;
mod schema;
mod secrets;
mod view;
