use super::*;

fn full(text: &str, country: &str) -> Option<String> {
    PhoneNumber::parse(text, country).unwrap().e164().map(str::to_owned)
}

#[test]
fn full_numbers_in_every_form() {
    for (text, country, e164) in [
        ("+506 8555-0117", "CR", "+50685550117"),
        ("8555 0117", "CR", "+50685550117"),
        ("506 8555 0117", "CR", "+50685550117"),
        ("00506 8555 0117", "ES", "+50685550117"),
        ("011 506 8555 0117", "US", "+50685550117"),
        ("00506 8555 0117", "US", "+50685550117"),
        ("(650) 253-0000", "US", "+16502530000"),
        ("1-650-253-0000", "US", "+16502530000"),
        ("1 800 FLOWERS", "US", "+18003569377"),
        ("+44 (0)20 7946 0958", "ES", "+442079460958"),
        ("020 7946 0958", "GB", "+442079460958"),
        ("0044 (0) 20 7946 0958", "FR", "+442079460958"),
        ("+39 06 6982", "IT", "+39066982"),
        ("06 698 12345", "IT", "+390669812345"),
        ("011 15 2345-6789", "AR", "+5491123456789"),
        ("+54 9 11 2345-6789", "AR", "+5491123456789"),
        ("8 (800) 555-35-35", "RU", "+78005553535"),
        ("800 555 35 35", "RU", "+78005553535"),
        ("030 901820", "DE", "+4930901820"),
        ("+49 (0)30/901820", "DE", "+4930901820"),
        ("01 42 68 53 00", "FR", "+33142685300"),
        ("912 345 678", "ES", "+34912345678"),
        ("0 41 11 91234-5678", "BR", "+5511912345678"),
        ("(11) 91234-5678", "BR", "+5511912345678"),
        ("55 1234 5678", "MX", "+525512345678"),
        ("+1 809 555 1234", "CR", "+18095551234"),
        ("2222-3333 / 8888-9999", "CR", "+50622223333"),
        ("Tel.: 8555 0117", "CR", "+50685550117"),
        ("\u{202a}+506 8555 0117\u{202c}", "CR", "+50685550117"),
        ("＋５０６　８５５５　０１１７", "CR", "+50685550117"),
        ("+٥٠٦٨٥٥٥٠١١٧", "CR", "+50685550117"),
        ("+800 1234 5678", "CR", "+80012345678"),
    ] {
        assert_eq!(full(text, country).as_deref(), Some(e164), "{text} from {country}");
    }
}

#[test]
fn extensions_stay_as_they_are() {
    for (text, country) in
        [("1001", "ES"), ("27", "CR"), ("8330101", "CR"), ("*21#", "CR"), ("911", "US"), ("0", "DE"), ("12345", "FR")]
    {
        let number = PhoneNumber::parse(text, country).unwrap();
        assert_eq!(number, PhoneNumber::Extension { digits: text.to_owned() }, "{text}");
        assert_eq!(number.dial(), text);
        assert_eq!(number.e164(), None);
    }
}

#[test]
fn extensions_behind_a_number_are_kept_apart() {
    for text in [
        "+506 2222 0000 ext. 231",
        "+506 2222-0000 x231",
        "22220000 anexo 231",
        "2222 0000 #231",
        "+50622220000;ext=231",
        "+50622220000,,231",
        "2222-0000 extensión 231",
        "2222 0000 Int. 231",
    ] {
        let number = PhoneNumber::parse(text, "CR").unwrap();
        assert_eq!((number.e164(), number.extension()), (Some("+50622220000"), Some("231")), "{text}");
        assert_eq!(number.display(), "+506 2222 0000 ext. 231");
        assert_eq!(number.match_key(), "+50622220000");
    }
}

#[test]
fn what_is_not_valid_is_not_called_a_number() {
    assert_eq!(full("+506 1234", "CR"), None);
    assert_eq!(full("12345678901234567", "CR"), None);
    assert_eq!(full("555 0117 99", "US"), None);
    assert_eq!(PhoneNumber::parse("+506 1234", "CR").unwrap().dial(), "+5061234");
    assert_eq!(PhoneNumber::parse("no number", "CR"), Err(NumberError::NoDigits));
    assert_eq!(PhoneNumber::parse("", "CR"), Err(NumberError::NoDigits));
    assert_eq!(PhoneNumber::parse("8555\r\n0117", "CR"), Err(NumberError::NotANumber));
    assert_eq!(PhoneNumber::parse(&"1".repeat(41), "CR"), Err(NumberError::TooLong));
}

#[test]
fn numbers_are_shown_in_international_form() {
    for (e164, shown) in [
        ("+50685550117", "+506 8555 0117"),
        ("+16502530000", "+1 650-253-0000"),
        ("+442079460958", "+44 20 7946 0958"),
        ("+34912345678", "+34 912 34 56 78"),
        ("+5491123456789", "+54 9 11 2345-6789"),
        ("+5511912345678", "+55 11 91234-5678"),
        ("+80012345678", "+800 1234 5678"),
    ] {
        assert_eq!(PhoneNumber::from_e164(e164).unwrap().display(), shown);
    }
    assert_eq!(PhoneNumber::parse("231", "CR").unwrap().display(), "ext. 231");
    assert_eq!(PhoneNumber::parse("911", "CR").unwrap().display(), "911");
    assert_eq!(PhoneNumber::parse("*21#", "CR").unwrap().display(), "*21#");
}

#[test]
fn countries_and_costs_are_told() {
    let kind = |text: &str| PhoneNumber::parse(text, "CR").unwrap().kind();
    assert_eq!(kind("+1 900 555 1234"), Kind::Premium);
    assert_eq!(kind("900 555 1234"), Kind::Premium, "CR 900 numbers have ten digits");
    assert_eq!(kind("+44 9098790000"), Kind::Premium);
    assert_eq!(kind("+49 180 5 123456"), Kind::SharedCost);
    assert_eq!(kind("+881 6 1234 5678"), Kind::Satellite);
    assert_eq!(kind("+870 773 111 632"), Kind::Satellite);
    assert_eq!(kind("+34 900 123 456"), Kind::TollFree);
    assert_eq!(kind("+506 8555 0117"), Kind::Mobile);
    assert_eq!(kind("231"), Kind::Unknown);
    assert_eq!(PhoneNumber::parse("+1 809 555 1234", "CR").unwrap().country(), Some("DO"));
    assert_eq!(PhoneNumber::parse("+7 701 555 1234", "CR").unwrap().country(), Some("KZ"));
    assert_eq!(PhoneNumber::parse("+800 1234 5678", "CR").unwrap().country(), None);
}

#[test]
fn emergency_numbers_and_service_codes() {
    let number = |text: &str| PhoneNumber::parse(text, "CR").unwrap();
    assert!(number("911").is_emergency("CR"));
    assert!(number("+112").is_emergency("CR"));
    assert!(!number("231").is_emergency("CR"));
    assert!(number("*21*88887777#").is_service_code());
    assert!(number("##002#").is_service_code());
    assert!(!number("8555 0117").is_service_code());
}

#[test]
fn typing_tells_what_is_missing() {
    let typed = check("+506 8555", "CR");
    assert_eq!((typed.missing_digits, typed.country.as_deref(), typed.dialable), (Some(4), Some("CR"), false));
    let typed = check("+506 8555 0117", "CR");
    assert_eq!(
        (typed.missing_digits, typed.e164.as_deref(), typed.display.as_str()),
        (None, Some("+50685550117"), "+506 8555 0117")
    );
    assert_eq!(check("855501", "CR").missing_digits, Some(2));
    let extension = check("231", "CR");
    assert_eq!((extension.missing_digits, extension.dialable, extension.display.as_str()), (None, true, "231"));
    assert!(!check("abc", "CR").dialable);
}

#[test]
fn debug_does_not_tell_the_number() {
    let number = PhoneNumber::parse("+50685550117", "CR").unwrap();
    assert!(!format!("{number:?}").contains("8555"));
}

proptest::proptest! {
    #[test]
    fn any_text_is_taken_without_panic_and_a_number_is_stable(text in "\\PC{0,60}", country in "[A-Z]{2}") {
        if let Ok(number) = PhoneNumber::parse(&text, &country) {
            number.display();
            if let Some(e164) = number.e164() {
                let again = PhoneNumber::parse(e164, &country).unwrap();
                proptest::prop_assert_eq!(again.e164(), Some(e164));
            }
        }
    }

    #[test]
    fn digits_are_taken_without_panic(text in "[+0-9 ()*#/.,;xe-]{0,30}") {
        for country in ["CR", "US", "AR", "DE", "RU", "BR", "MX", "IT"] {
            if let Ok(number) = PhoneNumber::parse(&text, country) && let Some(e164) = number.e164() {
                let again = PhoneNumber::parse(e164, "ES").unwrap();
                proptest::prop_assert_eq!(again.e164(), Some(e164));
            }
            check(&text, country);
        }
    }
}
