//! CONFORMANCE.md names tests; all of them exist.

use std::collections::BTreeSet;
use std::path::Path;

fn sources(folder: &Path, all: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, all);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            all.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn every_test_that_conformance_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("CONFORMANCE.md")).unwrap();
    let mut code = String::new();
    for folder in ["src", "tests", "net", "rtp", "rtp-net", "../tests/tests"] {
        sources(&root.join(folder), &mut code);
    }
    let mut named = BTreeSet::new();
    for row in page
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| section") && !line.starts_with("| rule"))
    {
        let last = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        let tests: Vec<_> = last.split('`').skip(1).step_by(2).collect();
        let open = row.contains("| open");
        assert!(open || !tests.is_empty(), "no test is named: {row}");
        named.extend(tests.into_iter().map(str::to_owned));
    }
    assert!(named.len() > 60, "the page was read");
    let missing: Vec<_> = named.iter().filter(|name| !code.contains(&format!("fn {name}("))).collect();
    assert!(missing.is_empty(), "named but not written: {missing:?}");
}
