//! The same agent without a window.
fn main() {}
