use super::*;

fn document(version: u32, state: &str, dialogs: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\r\n<dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"{version}\" \
         state=\"{state}\" entity=\"sip:alice@example.com\">{dialogs}</dialog-info>"
    )
}

fn dialog(id: &str, state: &str) -> String {
    format!("<dialog id=\"{id}\"><state>{state}</state></dialog>")
}

fn ids(taken: Taken) -> Vec<String> {
    match taken {
        Taken::Now(dialogs) => dialogs.into_iter().map(|dialog| dialog.id).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn rfc4235_6_1_an_early_dialog_with_both_sides() {
    let body = document(
        1,
        "full",
        "<dialog id=\"as7d900as8\" call-id=\"a84b4c76e66710\" local-tag=\"1928301774\" remote-tag=\"456887766\"\
         direction=\"initiator\"><state event=\"1xx-tag\" code=\"180\"> early </state>\
         <local><identity display=\"Not &amp; her\">sip:alice@example.com</identity></local>\
         <remote><identity display=\"Ana &quot;Eva&quot; &#38; Co\">sip:bob@ex&#97;mple.com</identity>\
         <target uri=\"sip:bob@pc33.example.com\"><param pname=\"+sip.rendering\" pval=\"no\"/></target></remote></dialog>",
    );
    let body = body.replace("direction", " direction");
    let read = DialogInfo::parse(body.as_bytes()).unwrap();
    assert_eq!((read.version, read.full, read.dialogs.len()), (1, true, 1));
    let found = &read.dialogs[0];
    assert_eq!((found.id.as_str(), found.state, found.calls), ("as7d900as8", DialogState::Early, Some(true)));
    let names = [&found.call_id, &found.local_tag, &found.remote_tag, &found.remote, &found.remote_name];
    let names = names.map(|name| name.as_deref().unwrap_or_default());
    assert_eq!(names, ["a84b4c76e66710", "1928301774", "456887766", "sip:bob@example.com", "Ana \"Eva\" & Co"]);
    assert!(!format!("{read:?}").contains("bob"));
}

#[test]
fn what_exchanges_send_is_read() {
    let prefixed = "<d:dialog-info xmlns:d=\"urn:ietf:params:xml:ns:dialog-info\" version=\"7\" state=\"full\" entity=\"sip:1@h\">\
                    <d:dialog id=\"1\" direction=\"recipient\"><d:state>Confirmed</d:state></d:dialog></d:dialog-info>";
    let read = DialogInfo::parse(prefixed.as_bytes()).unwrap();
    assert_eq!((read.dialogs[0].state, read.dialogs[0].calls), (DialogState::Confirmed, Some(false)));
    // Kamailio's placeholder for somebody without calls.
    let idle = DialogInfo::parse(document(0, "partial", "").replace("></dialog-info>", "/>").as_bytes()).unwrap();
    assert!(!idle.full && idle.dialogs.is_empty());
    let odd = format!("{}<dialog><state>early</state></dialog>{}<x/>", dialog("a", "sleeping"), dialog("b", "trying"));
    let read = DialogInfo::parse(document(1, "full", &odd).as_bytes()).unwrap();
    assert_eq!(read.dialogs.iter().map(|dialog| dialog.id.as_str()).collect::<Vec<_>>(), ["b"]);
}

#[test]
fn what_is_no_document_is_none() {
    let deep = document(1, "full", &format!("{}{}", "<x>".repeat(16), "</x>".repeat(16)));
    let bomb = document(1, "full", &dialog("1", "&big;"));
    let typed = bomb.replace("<dialog-info", "<!DOCTYPE x [<!ENTITY big \"bigger\">]><dialog-info");
    let plain_type = document(1, "full", "").replace("<dialog-info", "<!DOCTYPE dialog-info><dialog-info");
    let cut = document(1, "full", &dialog("1", "early")).replace("</dialog-info>", "");
    let twice = format!("{0}{0}", document(1, "full", "").trim_start_matches("<?xml version=\"1.0\"?>"));
    let unversioned = document(1, "full", "").replace("version=\"1\" ", "");
    let other = "<presence version=\"1\"/>".to_owned();
    for bad in [String::new(), deep, bomb, typed, plain_type, cut, twice, unversioned, other, "v=0\r\n".to_owned()] {
        assert_eq!(DialogInfo::parse(bad.as_bytes()), None, "{bad}");
    }
    assert_eq!(DialogInfo::parse(b"<dialog-info version=\"1\">\xff</dialog-info>"), None);
}

#[test]
fn size_is_bounded() {
    let many: String = (0..200).map(|id| dialog(&id.to_string(), "early")).collect();
    assert_eq!(DialogInfo::parse(document(1, "full", &many).as_bytes()).unwrap().dialogs.len(), 64);
    let mut watch = Watch::default();
    watch.take(document(1, "full", &many).as_bytes());
    let more: String = (200..300).map(|id| dialog(&id.to_string(), "early")).collect();
    assert_eq!(ids(watch.take(document(2, "partial", &more).as_bytes())).len(), 64);
    let long = format!("<dialog id=\"1\" call-id=\"{}\"><state>early</state></dialog>", "x".repeat(257));
    assert_eq!(DialogInfo::parse(document(1, "full", &long).as_bytes()).unwrap().dialogs[0].call_id, None);
}

#[test]
fn rfc4235_4_3_documents_are_put_together_in_order() {
    let mut watch = Watch::default();
    let mut take = |version, state: &str, dialogs: &str| watch.take(document(version, state, dialogs).as_bytes());
    assert_eq!(take(4, "partial", &dialog("a", "early")), Taken::Gap, "nothing is known so far");
    assert_eq!(ids(take(5, "full", &(dialog("a", "early") + &dialog("b", "confirmed")))), ["a", "b"]);
    assert_eq!(ids(take(6, "partial", &(dialog("b", "terminated") + &dialog("c", "trying")))), ["a", "c"]);
    assert_eq!(take(6, "partial", &dialog("a", "terminated")), Taken::Old);
    assert_eq!(take(8, "partial", &dialog("a", "terminated")), Taken::Gap);
    assert_eq!(ids(take(7, "partial", &dialog("a", "terminated"))), ["c"]);
    assert_eq!(ids(take(0, "full", &dialog("d", "early"))), ["d"], "an exchange that begins to count anew");
    assert_eq!(take(1, "full", "<dialog"), Taken::Unreadable);
}

/// As Kamailio 5.6 (presence_dialoginfo) puts two calls together.
const KAMAILIO: &str = r#"<?xml version="1.0"?>
<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="3" state="full" entity="sip:8330101@timbre.test">
  <dialog id="d2" call-id="c1" local-tag="l" remote-tag="r" direction="recipient">
    <state>confirmed</state>
    <remote>
      <identity display="Ana &amp; Eva">sip:+50688887777@timbre.test</identity>
      <target uri="sip:+50688887777@timbre.test"/>
    </remote>
  </dialog>
  <dialog id="615293b33c62dec073e05d9421e9f48b" direction="recipient">	<state>terminated</state>	</dialog>
</dialog-info>
"#;

#[test]
fn what_kamailio_sends_is_read() {
    let Taken::Now(dialogs) = Watch::default().take(KAMAILIO.as_bytes()) else { panic!("not taken") };
    let [found] = &dialogs[..] else { panic!("the placeholder is no call: {dialogs:?}") };
    assert_eq!((found.id.as_str(), found.state, found.calls), ("d2", DialogState::Confirmed, Some(false)));
    assert_eq!(found.remote.as_deref(), Some("sip:+50688887777@timbre.test"));
    assert_eq!(found.remote_name.as_deref(), Some("Ana & Eva"));
}

proptest::proptest! {
    #[test]
    fn damaged_documents_never_panic_and_stay_bounded(damage in proptest::collection::vec((0..KAMAILIO.len(), 0..=255u8), 1..12), cut in 0..KAMAILIO.len()) {
        let mut bytes = KAMAILIO.as_bytes().to_vec();
        damage.into_iter().for_each(|(at, byte)| bytes[at] = byte);
        let mut watch = Watch::default();
        watch.take(&bytes);
        watch.take(&bytes[..cut]);
        proptest::prop_assert!(watch.dialogs.len() <= 2);
    }
}
