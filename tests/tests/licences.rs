//! What we build on, by the lists of `deny.toml`, as far as the working copy tells without a network: licences, banned
//! crates, sources and wildcards. `cargo deny check` reads the same lists and adds the advisories.

#![allow(clippy::unwrap_used, reason = "a test says by where it panics what is wrong")]

use std::path::Path;

use cargo_metadata::{Metadata, MetadataCommand, Package};
use spdx::{Expression, ParseMode};

fn metadata() -> Metadata {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("Cargo.toml");
    MetadataCommand::new().manifest_path(manifest).other_options(vec!["--locked".to_owned()]).exec().unwrap()
}

fn rules() -> toml::Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("deny.toml");
    toml::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

/// Packages of others.
fn foreign(metadata: &Metadata) -> impl Iterator<Item = &Package> {
    metadata.packages.iter().filter(|package| package.source.is_some())
}

/// Whether the licence, as a package states it, lets us choose one of those that are allowed.
fn is_allowed(licence: &str, allowed: &[String]) -> bool {
    Expression::parse_mode(licence, ParseMode::LAX)
        .is_ok_and(|terms| terms.evaluate(|term| allowed.contains(&term.to_string())))
}

/// What a package states, or what its licence file says where it states nothing.
fn licence_of(package: &Package) -> String {
    if let Some(stated) = &package.license {
        return stated.clone();
    }
    let text = package.license_file().and_then(|file| std::fs::read_to_string(file).ok()).unwrap_or_default();
    let is_mit = text.contains("Permission is hereby granted, free of charge, to any person obtaining a copy");
    if is_mit { "MIT".to_owned() } else { String::new() }
}

#[test]
fn a_choice_of_licences_needs_one_that_is_allowed() {
    let allowed = ["MIT".to_owned(), "Apache-2.0 WITH LLVM-exception".to_owned()];
    for good in ["MIT", "GPL-3.0-only OR MIT", "GPL-2.0/MIT", "Apache-2.0 WITH LLVM-exception", "MIT AND MIT"] {
        assert!(is_allowed(good, &allowed), "{good}");
    }
    for bad in ["GPL-3.0-only", "MIT AND GPL-3.0-only", "Apache-2.0", "", "nonsense"] {
        assert!(!is_allowed(bad, &allowed), "{bad}");
    }
}

#[test]
fn everything_we_build_on_has_an_allowed_licence() {
    let rules = rules();
    let allowed: Vec<String> =
        rules["licenses"]["allow"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect();
    let metadata = metadata();
    let refused: Vec<String> = foreign(&metadata)
        .filter(|package| !is_allowed(&licence_of(package), &allowed))
        .map(|package| format!("{} {}: {:?}", package.name, package.version, licence_of(package)))
        .collect();
    assert!(foreign(&metadata).count() > 100, "the packages are listed");
    assert!(refused.is_empty(), "licences that deny.toml does not allow\n{}", refused.join("\n"));
}

#[test]
fn nothing_banned_is_built_in() {
    let rules = rules();
    let banned: Vec<&str> =
        rules["bans"]["deny"].as_array().unwrap().iter().map(|ban| ban["crate"].as_str().unwrap()).collect();
    assert!(!banned.is_empty());
    let metadata = metadata();
    let found: Vec<&str> =
        metadata.packages.iter().map(|package| package.name.as_str()).filter(|name| banned.contains(name)).collect();
    assert!(found.is_empty(), "banned in deny.toml: {found:?}");
}

#[test]
fn everything_comes_from_the_registry_and_none_by_any_version() {
    let metadata = metadata();
    let mut wrong: Vec<String> = foreign(&metadata)
        .filter(|package| !package.source.as_ref().is_some_and(cargo_metadata::Source::is_crates_io))
        .map(|package| format!("{} comes from {:?}", package.name, package.source))
        .collect();
    for room in metadata.workspace_packages() {
        let any = room.dependencies.iter().filter(|wanted| wanted.path.is_none() && wanted.req.to_string() == "*");
        wrong.extend(any.map(|wanted| format!("{} takes any version of {}", room.name, wanted.name)));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
