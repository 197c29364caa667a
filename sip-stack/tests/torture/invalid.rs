//! RFC 4475 §3.1.2 and §3.2: invalid messages, and messages whose fault a phone may look past.

use sip_stack::message::parse::LengthError;
use sip_stack::message::{HeaderName, ParseErrorKind, ValueError, parse};

use crate::{accepted, answer, bytes, dropped, raw, status};

fn kind(name: &str) -> ParseErrorKind {
    parse::datagram(bytes(name)).unwrap_err().kind
}

#[test]
fn badinv01_extraneous_separators() {
    assert_eq!(status("badinv01"), 400);
    assert_eq!(answer("badinv01").reason, "Bad Request (Via)");
}

#[test]
fn clerr_content_length_beyond_the_datagram() {
    assert_eq!(kind("clerr"), ParseErrorKind::ContentLength(LengthError::Beyond));
    assert_eq!(status("clerr"), 400);
    assert_eq!(answer("clerr").headers.call_id(), Ok("clerr.0ha0isndaksdjweiafasdk3"));
}

#[test]
fn ncl_negative_content_length() {
    assert_eq!(kind("ncl"), ParseErrorKind::ContentLength(LengthError::Malformed));
    assert_eq!(status("ncl"), 400);
}

#[test]
fn scalar02_overlarge_numbers_in_a_request() {
    assert_eq!(status("scalar02"), 400);
}

#[test]
fn scalarlg_overlarge_numbers_in_a_response() {
    dropped("scalarlg");
}

#[test]
fn quotbal_a_quote_that_never_closes() {
    assert_eq!(status("quotbal"), 400);
    let to = raw(&answer("quotbal").headers, "To");
    assert!(to.starts_with("\"Mr. J. User <sip:j.user@example.com>;tag="), "{to}");
}

#[test]
fn ltgtruri_brackets_around_the_request_uri() {
    assert_eq!(kind("ltgtruri"), ParseErrorKind::RequestUri(ValueError::Scheme));
    assert_eq!(status("ltgtruri"), 400);
}

#[test]
fn lwsruri_white_space_in_the_request_uri() {
    assert_eq!(kind("lwsruri"), ParseErrorKind::StartLine);
    assert_eq!(status("lwsruri"), 400);
    assert_eq!(answer("lwsruri").headers.to().unwrap().tag(), Some("3xfe-9921883-z9f"));
}

#[test]
fn lwsstart_two_spaces_in_the_start_line() {
    assert_eq!(kind("lwsstart"), ParseErrorKind::StartLine);
    assert_eq!(status("lwsstart"), 400);
}

#[test]
fn trws_spaces_after_the_version() {
    assert_eq!(kind("trws"), ParseErrorKind::StartLine);
    assert_eq!(status("trws"), 400);
}

#[test]
fn escruri_headers_in_the_request_uri() {
    assert_eq!(kind("escruri"), ParseErrorKind::RequestUri(ValueError::Uri));
    assert_eq!(status("escruri"), 400);
}

#[test]
fn baddate_a_zone_other_than_gmt_costs_nothing() {
    let request = accepted("baddate");
    assert_eq!(raw(&request.headers, "Date"), "Fri, 01 Jan 2010 16:00:00 EST");
    assert_eq!((request.headers.cseq().unwrap().number, request.body.len()), (1_392_934, 150));
}

#[test]
fn regbadct_a_uri_that_needs_brackets() {
    assert_eq!(status("regbadct"), 400);
    assert_eq!(answer("regbadct").reason, "Bad Request (Contact)");
}

#[test]
fn badaspec_spaces_within_the_brackets_are_ignored() {
    let to = accepted("badaspec").headers.to().unwrap();
    assert_eq!(to.uri.to_string(), "sip:t.watson@example.org");
    assert_eq!(to.display_name.as_deref(), Some("Watson, Thomas"));
}

#[test]
fn baddn_a_comma_in_an_unquoted_display_name_is_understood() {
    // The file lacks the empty line that the RFC's text shows; as it is, the headers never end.
    assert_eq!(kind("baddn"), ParseErrorKind::Truncated);
    assert_eq!(status("baddn"), 400);
    let whole = [bytes("baddn"), b"\r\n"].concat();
    let headers = parse::datagram(&whole).unwrap().headers().clone();
    assert_eq!(headers.from().unwrap().display_name.as_deref(), Some("Bell, Alexander"));
    assert_eq!(headers.from().unwrap().tag(), Some("43"));
    assert_eq!(headers.to().unwrap().uri.to_string(), "sip:t.watson@example.org");
}

#[test]
fn badvers_another_version() {
    assert_eq!(kind("badvers"), ParseErrorKind::Version);
    assert_eq!(status("badvers"), 505);
    assert_eq!(answer("badvers").headers.count(&HeaderName::Via), 1);
}

#[test]
fn mismatch01_cseq_names_another_method() {
    assert_eq!(status("mismatch01"), 400);
}

#[test]
fn mismatch02_cseq_names_another_method_than_the_unknown_one() {
    assert_eq!(status("mismatch02"), 400);
}

#[test]
fn bigcode_a_status_beyond_all() {
    assert_eq!(kind("bigcode"), ParseErrorKind::StatusCode);
    dropped("bigcode");
}

/// §3.2.1.
#[test]
fn badbranch_the_bare_cookie_identifies_nothing() {
    let via = accepted("badbranch").headers.top_via().unwrap();
    assert_eq!((via.branch(), via.rfc3261_branch()), (Some("z9hG4bK"), None));
}
