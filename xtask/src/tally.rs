//! Counts passed and failed tests from what test programs print.

/// Passed and failed, so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Tests that passed.
    pub passed: u32,
    /// Tests that failed.
    pub failed: u32,
}

/// How a program prints its sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// It has no tests of its own: the step counts as one.
    Step,
    /// cargo-nextest: `Summary [ 0.1s] 3 tests run: 2 passed, 1 failed, 0 skipped`.
    Nextest,
    /// node:test: `# pass 3` or `ℹ pass 3`.
    Node,
    /// Vitest: `Tests  1 failed | 12 passed (13)`.
    Vitest,
}

impl Tally {
    /// Adds what one line of output says.
    pub fn read(&mut self, dialect: Dialect, line: &str) {
        let line = without_colours(line);
        let line = line.trim();
        match dialect {
            Dialect::Step => {}
            Dialect::Nextest => {
                if let Some((_, sum)) = line.split_once("tests run:").or_else(|| line.split_once("test run:")) {
                    self.read_parts(sum, ',');
                }
            }
            Dialect::Node => {
                let rest = line.strip_prefix('#').or_else(|| line.strip_prefix('ℹ'));
                let mut words = rest.unwrap_or_default().split_whitespace();
                match (words.next(), words.next()) {
                    (Some("pass"), Some(number)) => self.add(number, "passed"),
                    (Some("fail"), Some(number)) => self.add(number, "failed"),
                    _ => {}
                }
            }
            Dialect::Vitest => {
                if let Some(sum) = line.strip_prefix("Tests ") {
                    self.read_parts(sum, '|');
                }
            }
        }
    }

    fn read_parts(&mut self, sum: &str, separator: char) {
        for part in sum.split(separator) {
            let mut words = part.split_whitespace();
            if let (Some(number), Some(kind)) = (words.next(), words.next()) {
                self.add(number, kind);
            }
        }
    }

    fn add(&mut self, number: &str, kind: &str) {
        let Ok(number) = number.parse::<u32>() else { return };
        match kind {
            "passed" => self.passed += number,
            "failed" | "timed" => self.failed += number,
            _ => {}
        }
    }
}

fn without_colours(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, tail)| tail);
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::{Dialect, Tally};

    fn sum(dialect: Dialect, lines: &str) -> (u32, u32) {
        let mut tally = Tally::default();
        lines.lines().for_each(|line| tally.read(dialect, line));
        (tally.passed, tally.failed)
    }

    #[test]
    fn sums_are_read_in_every_dialect() {
        assert_eq!(
            sum(Dialect::Nextest, "     Summary [   0.01s] 3 tests run: 2 passed (1 slow), 1 failed, 4 skipped"),
            (2, 1)
        );
        assert_eq!(
            sum(
                Dialect::Nextest,
                "\u{1b}[32m Summary\u{1b}[0m [ 0.01s] \u{1b}[1m1\u{1b}[0m test run: \u{1b}[1m1\u{1b}[0m passed"
            ),
            (1, 0)
        );
        assert_eq!(sum(Dialect::Node, "ℹ tests 4\nℹ pass 3\nℹ fail 1\n# pass 2\n"), (5, 1));
        assert_eq!(
            sum(Dialect::Vitest, " Test Files  1 passed (1)\n      Tests  1 failed | 12 passed (13)\n"),
            (12, 1)
        );
        assert_eq!(sum(Dialect::Step, "3 tests run: 3 passed"), (0, 0));
    }
}
