//! Tests of the house as a whole, in one binary: what holds between the crates, and what a user sees.

mod architecture;
mod golden;
mod house;
mod misuse;
