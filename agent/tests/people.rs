//! People: the company's own fields of them, forms that are not finished, and erasing them.

#![allow(clippy::unwrap_used, reason = "a test says by where it panics what is wrong")]

mod house;

use agent_api::call::CallRef;
use agent_api::card::{CardState, SaveDraft};
use agent_api::command::{Commands, Nothing};
use agent_api::contact::{
    ContactField, ContactFieldKind, ContactFields, ContactRef, EraseContact, FieldValue, SaveContact, SearchContacts,
};
use agent_api::draft::Draft;
use agent_api::error::ErrorCode;
use agent_api::event::{DataTag, EventBody};
use agent_api::form::{FormOf, FormRef, KeepForm};
use house::{House, person};

const SETTINGS: &str = r#"
    [[contact_field]]
    key = "level"
    label = "Nivel"
    kind = "choice"
    choices = ["Oro", "Plata"]
    required = true
    [[contact_field]]
    key = "since"
    label = "Cliente desde"
    kind = "date"
    [[contact_field]]
    key = "half done"
    kind = "text"
"#;

fn values(pairs: &[(&str, &str)]) -> Option<Vec<FieldValue>> {
    let value = |(key, value): &(&str, &str)| FieldValue { key: (*key).to_owned(), value: (*value).to_owned() };
    Some(pairs.iter().map(value).collect())
}

#[tokio::test]
async fn the_company_s_own_fields_are_asked_for_kept_and_found() {
    let (house, _) = House::with_settings(SETTINGS).await;
    let fields = house.agent.snapshot(Nothing {}).await.unwrap().contact_fields.list;
    assert_eq!(fields.iter().map(|field| field.key.as_str()).collect::<Vec<_>>(), ["level", "since"]);
    assert!(fields[0].required && fields[0].choices == ["Oro", "Plata"] && fields[1].kind == ContactFieldKind::Date);

    let form = |custom| SaveContact { custom, ..person("Ana", "8555 0117", None) };
    let refused = async |custom| {
        let error = house.agent.save_contact(form(custom)).await.unwrap_err();
        (error.code, error.detail.unwrap_or_default())
    };
    assert_eq!(refused(values(&[])).await, (ErrorCode::Required, "custom.0".to_owned()));
    let wrong = values(&[("level", "Oro"), ("since", "ayer")]);
    assert_eq!(refused(wrong).await, (ErrorCode::Invalid, "custom.1".to_owned()));
    let given = values(&[("level", "Plata"), ("since", "2027-01-31")]);
    let ana = house.agent.save_contact(form(given.clone())).await.unwrap();
    assert_eq!(Some(ana.custom), given);

    // A short form does not show them: it neither asks for them nor empties them.
    let short = SaveContact { id: Some(ana.brief.id), rev: Some(ana.rev), vip: true, ..form(None) };
    house.agent.save_contact(short).await.unwrap();
    let view = house.agent.contact(ContactRef { contact: ana.brief.id }).await.unwrap();
    assert_eq!((Some(view.custom), view.brief.vip), (given, true));
    for text in ["plata", "2027-01"] {
        let search =
            SearchContacts { text: text.to_owned(), kind: None, for_call: None, after: None, skip: 0, limit: 10 };
        assert_eq!(house.agent.search_contacts(search).await.unwrap().total, 1, "{text}");
    }
}

#[tokio::test]
async fn fields_are_defined_in_the_window_and_kept_in_the_settings() {
    let (house, _) = House::with_settings(SETTINGS).await;
    let mut events = house.agent.events();
    let field = ContactField {
        key: "about".to_owned(),
        label: " Acerca de ".to_owned(),
        kind: ContactFieldKind::Text,
        choices: Vec::new(),
        required: false,
    };
    let taken = house.agent.save_contact_fields(ContactFields { list: vec![field.clone()] }).await.unwrap();
    assert_eq!(taken.list[0].label, "Acerca de");
    loop {
        if let EventBody::ContactFields(fields) = events.recv().await.unwrap().body {
            assert_eq!(fields, taken);
            break;
        }
    }
    let text = std::fs::read_to_string(house.folder.path().join("settings.toml")).unwrap();
    assert!(text.contains("about") && !text.contains("since") && text.contains("half done"), "{text}");
    let twice = house.agent.save_contact_fields(ContactFields { list: vec![field.clone(), field] }).await.unwrap_err();
    assert_eq!((twice.code, twice.detail.as_deref()), (ErrorCode::Invalid, Some("key.1")));
}

#[tokio::test]
async fn an_erased_person_leaves_only_the_facts_of_calls() {
    let mut house = House::with_line().await;
    let ana = house.agent.save_contact(person("Ana", "8555 0117", None)).await.unwrap();
    let call = house.talked("8555 0117").await;
    let draft = Draft { contact: Some(ana.brief.id), subject: "Factura".into(), ..Draft::default() };
    house.agent.save_draft(SaveDraft { call, edit: 1, draft }).await.unwrap();
    let form = FormOf::Call { call };
    house.agent.keep_form(KeepForm { form, text: "{}".to_owned() }).await.unwrap();
    let erase = |rev| EraseContact { contact: ana.brief.id, rev };
    let stale = house.agent.erase_contact(erase(ana.rev + 1)).await.unwrap_err();
    assert_eq!(stale.code, ErrorCode::Conflict);

    let mut events = house.agent.events();
    let erased = house.agent.erase_contact(erase(ana.rev)).await.unwrap();
    assert_eq!((erased.calls, erased.unsent, erased.sent), (1, 1, 0));
    let gone = house.agent.contact(ContactRef { contact: ana.brief.id }).await.unwrap_err();
    assert_eq!(gone.code, ErrorCode::NotFound);
    let card = house.agent.card(CallRef { call }).await.unwrap();
    assert_eq!((card.row.state, card.row.party.number.as_str()), (CardState::Dismissed, ""));
    assert_eq!((card.row.contact, card.draft.subject.as_str()), (None, ""));
    assert!(house.agent.kept_forms(Nothing {}).await.unwrap().list.is_empty());
    for tag in [DataTag::Contacts, DataTag::Cards] {
        while events.recv().await.unwrap().body != EventBody::Changed(tag) {}
    }
}

#[tokio::test]
async fn what_is_typed_in_a_form_is_there_until_it_is_saved_or_given_up() {
    let (house, _) = House::with_settings("").await;
    let keep = |text: &str| KeepForm { form: FormOf::Person, text: text.to_owned() };
    for text in ["{\"first_name\":\"A\"}", "{\"first_name\":\"An\"}"] {
        house.agent.keep_form(keep(text)).await.unwrap();
        let kept = house.agent.kept_forms(Nothing {}).await.unwrap().list;
        assert!(kept.len() == 1 && kept[0].form == FormOf::Person && kept[0].text == text);
        assert!(kept[0].saved_at_ms > 0);
    }
    let too_long = house.agent.keep_form(keep(&"x".repeat(64 * 1024 + 1))).await.unwrap_err();
    assert_eq!((too_long.code, too_long.detail.as_deref()), (ErrorCode::Invalid, Some("text")));
    house.agent.drop_form(FormRef { form: FormOf::Person }).await.unwrap();
    assert!(house.agent.kept_forms(Nothing {}).await.unwrap().list.is_empty());
}
