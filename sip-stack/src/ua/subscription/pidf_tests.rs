use proptest::prelude::*;

use super::*;

fn read(body: &str) -> Option<Presence> {
    Presence::parse(body.as_bytes())
}

fn document(inside: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><presence xmlns=\"urn:ietf:params:xml:ns:pidf\" entity=\"pres:a@h\">{inside}</presence>"
    )
}

fn tuple(basic: &str) -> String {
    format!("<tuple id=\"x\"><status><basic>{basic}</basic></status></tuple>")
}

#[test]
fn rfc3863_4_1_one_open_way_is_enough() {
    let open = |inside: &str| read(&document(inside)).unwrap().open;
    assert_eq!(open(&tuple("open")), Some(true));
    assert_eq!(open(&tuple(" closed ")), Some(false));
    assert_eq!(open(&(tuple("closed") + &tuple("open") + &tuple("closed"))), Some(true));
    assert_eq!(open(""), None, "nobody says");
    assert_eq!(open("<other><status><basic>open</basic></status></other>"), None);
}

#[test]
fn rfc4480_3_2_what_hinders_most_counts() {
    let activity = |names: &str| {
        let person = format!("<dm:person id=\"p\"><rpid:activities>{names}</rpid:activities></dm:person>");
        read(&document(&(tuple("open") + &person))).unwrap().activity
    };
    assert_eq!(activity("<rpid:meal/>"), Some(Activity::Away));
    assert_eq!(activity("<rpid:away/><rpid:on-the-phone/><rpid:busy/>"), Some(Activity::OnThePhone));
    assert_eq!(activity("<rpid:unknown/><rpid:other>reading</rpid:other>"), None);
}

#[test]
fn what_exchanges_send_is_read() {
    let rfc3863 = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<impp:presence xmlns:impp=\"urn:ietf:params:xml:ns:pidf\" \
        entity=\"pres:someone@example.com\"><impp:tuple id=\"sg89ae\"><impp:status><impp:basic>open</impp:basic></impp:status>\
        <impp:contact priority=\"0.8\">tel:+09012345678</impp:contact></impp:tuple></impp:presence>";
    assert_eq!(read(rfc3863), Some(Presence { open: Some(true), ..Presence::default() }));
    let asterisk = document(&format!(
        "<note>Ready</note><tuple id=\"8330101\"><contact priority=\"1\">sip:8330101@h</contact>{}</tuple>",
        "<status><basic>open</basic></status>"
    ));
    let found = read(&asterisk).unwrap();
    assert_eq!((found.open, found.note.as_deref()), (Some(true), Some("Ready")));
    assert!(!format!("{found:?}").contains("Ready"));
}

#[test]
fn what_is_no_document_is_none() {
    let deep = document(&format!("{}{}", "<x>".repeat(16), "</x>".repeat(16)));
    let bomb = document("<note>&big;</note>");
    let typed = bomb.replace("<presence", "<!DOCTYPE x [<!ENTITY big \"bigger\">]><presence");
    let twice = format!("{0}{0}", document("").trim_start_matches("<?xml version=\"1.0\"?>"));
    for bad in [String::new(), deep, bomb, typed, twice, "<dialog-info/>".to_owned(), document("").replace("</", "<")] {
        assert_eq!(read(&bad), None, "{bad}");
    }
    assert_eq!(Presence::parse(b"<presence>\xff</presence>"), None);
}

fn activities() -> impl Strategy<Value = Option<Activity>> {
    prop::option::of(prop_oneof![Just(Activity::OnThePhone), Just(Activity::Busy), Just(Activity::Away)])
}

proptest! {
    #[test]
    fn what_is_printed_reads_back(open: bool, activity in activities(), note in prop::option::of("[!-~é]([ -~é]{0,60}[!-~é])?"), user in "[ -~]{1,20}") {
        let presence = Presence { open: Some(open), activity, note };
        prop_assert_eq!(read(&presence.print(&format!("sip:{user}@example.com"))), Some(presence));
    }

    #[test]
    fn damaged_documents_never_panic_and_stay_bounded(damage in prop::collection::vec((0..300usize, 0..=255u8), 1..12), cut in 0..400usize) {
        let whole = Presence { open: Some(true), activity: Some(Activity::Busy), note: Some("x".repeat(200)) };
        let mut bytes = whole.print("sip:alice@example.com").into_bytes();
        damage.into_iter().for_each(|(at, byte)| bytes[at] = byte);
        let note = |bytes: &[u8]| Presence::parse(bytes).and_then(|found| found.note).unwrap_or_default();
        prop_assert!(note(&bytes).len() <= 256 && note(&bytes[..cut.min(bytes.len())]).len() <= 256);
    }
}
