//! Links as CRMs and pages really write them: `links.tsv` says what each must become.
#![allow(clippy::unwrap_used)] // tests

use agent::link::{Decision, LinkContext, judge};
use crm::phone::PhoneNumber;
use serde::Serialize;

/// `dial`, `e164`, `ext`, `policy`, `reason`, as the columns of the file.
fn outcome(link: &str, country: &str) -> [String; 5] {
    let (own, allowed) = (["pbx.example".to_owned()], ["partner.example".to_owned()]);
    let context = LinkContext { country, own_domains: &own, allowed_domains: &allowed };
    let (target, decision) = judge(link, &context);
    let number = target.as_ref().and_then(|target| target.number.as_ref());
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let (policy, reason) = match decision {
        Decision::Dial => ("dial", String::new()),
        Decision::Ask(reason) => ("ask", name(reason)),
        Decision::Refuse(reason) => ("refuse", name(reason)),
    };
    [
        text(target.as_ref().map(|target| target.dial.as_str())),
        text(number.and_then(PhoneNumber::e164)),
        text(number.and_then(PhoneNumber::extension)),
        policy.to_owned(),
        reason,
    ]
}

fn name(reason: impl Serialize) -> String {
    serde_json::to_value(reason).unwrap().as_str().unwrap().to_owned()
}

#[test]
fn every_link_of_the_corpus_becomes_what_it_must() {
    let corpus = include_str!("links.tsv");
    let mut count = 0;
    let mut wrong = Vec::new();
    for (line, row) in
        (1..).zip(corpus.lines()).filter(|(_, row)| !(row.starts_with("# ") && row.split('\t').count() != 7))
    {
        let columns: Vec<&str> = row.split('\t').collect();
        let [link, country, expected @ ..] = columns.as_slice() else { panic!("line {line} is no row") };
        if *link == "# link" {
            continue;
        }
        let link = link.replace("\\r", "\r").replace("\\n", "\n").replace("\\t", "\t");
        let found = outcome(&link, country);
        if found != *expected {
            wrong.push(format!("line {line}: {link} from {country}\n  expected {expected:?}\n  found    {found:?}"));
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{} of {count} links:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count >= 300, "{count} links");
}
