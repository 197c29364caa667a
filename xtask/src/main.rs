//! The project's own commands: run, test, soak, bench, shots.
fn main() {}
