use agent_api::id::AccountId;
use uuid::Uuid;

use super::*;

fn account(profile: &str) -> Account {
    Account { profile: profile.to_owned(), ..Account::new(AccountId(Uuid::nil()), "8330101", "pbx.example") }
}

#[test]
fn every_file_is_read_whole() {
    for (id, text) in SHIPPED {
        let told: Description = toml::from_str(text).unwrap_or_else(|fault| panic!("{id}: {fault}"));
        let profile = profiles().iter().find(|profile| profile.id == *id).expect("it is among the profiles");
        let expected: PbxCodes = told.codes.into_iter().map(|(code, keys)| (code, keys.0)).collect();
        assert_eq!(profile.codes, expected, "{id}: a place that the code cannot have");
        let both = |one, other| expected.contains_key(&one) == expected.contains_key(&other);
        assert!(both(PbxCode::QueuePause, PbxCode::QueueUnpause), "{id}: who pauses must come back");
        assert!(both(PbxCode::DndOn, PbxCode::DndOff), "{id}: who is not disturbed must come back");
        assert!(expected.contains_key(&PbxCode::Retrieve) || !expected.contains_key(&PbxCode::Park), "{id}");
    }
    assert_eq!(profiles()[0].id, GENERIC);
    assert!(profiles()[0].codes.is_empty());
    let names: Vec<_> = profiles().iter().map(|profile| profile.name.to_lowercase()).collect();
    assert!(names.is_sorted(), "{names:?}");
}

#[test]
fn a_number_is_put_where_the_exchange_wants_it() {
    let pickup = |profile| filled(&account(profile), PbxCode::Pickup, Some("201"));
    assert_eq!(pickup("asterisk").as_deref(), Ok("**201"));
    assert_eq!(pickup("threecx").as_deref(), Ok("*20*201"));
    assert_eq!(pickup("yeastar").as_deref(), Ok("*04201"));
    assert_eq!(pickup("generic"), Err(ApiError::about(ErrorCode::NotFound, "code")));
    assert_eq!(pickup("of a newer version"), Err(ApiError::about(ErrorCode::NotFound, "code")));
}

#[test]
fn nothing_but_digits_is_put_into_a_code() {
    let line = account("freeswitch");
    let wrong = ApiError::about(ErrorCode::Invalid, "number");
    for number in [None, Some(""), Some("*1"), Some("201@evil.example"), Some("２０１"), Some(&*"1".repeat(33))] {
        assert_eq!(filled(&line, PbxCode::ToVoicemail, number), Err(wrong.clone()), "{number:?}");
    }
    assert_eq!(filled(&line, PbxCode::PickupGroup, Some("201")), Err(wrong), "it has no place");
}

#[test]
fn an_account_has_codes_of_its_own_in_place_of_the_profile_s() {
    let mut line = account("asterisk");
    line.own_codes = PbxCodes::from([(PbxCode::Park, "700".to_owned()), (PbxCode::Record, String::new())]);
    assert_eq!(filled(&line, PbxCode::Park, None).as_deref(), Ok("700"));
    assert_eq!(filled(&line, PbxCode::Record, None), Err(ApiError::about(ErrorCode::NotFound, "code")));
    assert_eq!(filled(&line, PbxCode::PickupGroup, None).as_deref(), Ok("*8"));
}

#[test]
fn the_mailbox_is_the_line_s_own() {
    assert_eq!(filled(&account("yeastar"), PbxCode::Voicemail, None).as_deref(), Ok("*28330101"));
    let line = Account { voicemail: Some("555".to_owned()), ..account("yeastar") };
    assert_eq!(filled(&line, PbxCode::Voicemail, None).as_deref(), Ok("555"), "the agent knows better");
}

#[test]
fn what_is_no_code_is_refused() {
    for text in
        ["sip:8@x", "*9 9", "{extension}{slot}", "{extension}{extension}", "{other}", &*"1".repeat(33), "*1{slot}"]
    {
        assert!(!is_own(PbxCode::Pickup, text), "{text}");
    }
    assert!(is_own(PbxCode::Pickup, "*1{extension}#"));
    assert!(is_own(PbxCode::Park, "*68") && is_own(PbxCode::Park, "*68{slot}"));
    assert!(toml::from_str::<Description>("name = \"x\"\n[codes]\nfly = \"*1\"").is_err());
    assert!(toml::from_str::<Description>("name = \"x\"\n[codes]\nrecord = \"record me\"").is_err());
}
