//! From a link to what would be dialled.
//!
//! `tel:` (RFC 3966), `callto:` as browsers and CRMs use it, `sip:` and `sips:` (RFC 3261 §19.1). Pages write all of them
//! wrongly in their own ways: slashes behind the scheme, spaces, double escapes, bidi marks, a trunk zero in brackets.

use agent_api::call::RefuseReason;
use crm::phone::PhoneNumber;
use crm::text::{fold, is_invisible};

/// The longest link that is looked at, in bytes.
const LINK_MAX: usize = 2048;
/// The most digits of a number that is not a valid full one (E.164 has 15).
const DIGITS_MAX: usize = 15;

/// What a link is read against.
#[derive(Clone, Copy, Debug)]
pub struct LinkContext<'a> {
    /// ISO 3166 region of numbers without a country code.
    pub country: &'a str,
    /// Domains of the accounts.
    pub own_domains: &'a [String],
    /// Other domains that may be dialled.
    pub allowed_domains: &'a [String],
}

/// What would be dialled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// A number (E.164 or digits as they are), or a `sip:`/`sips:` address with an escaped user part.
    pub dial: String,
    /// The number in it, if it is one.
    pub number: Option<PhoneNumber>,
    /// For the eye.
    pub display: String,
}

impl Target {
    /// A number that was typed or stands in a row, in any form.
    pub fn of_number(number: PhoneNumber) -> Self {
        Self { dial: number.dial().to_owned(), display: number.display(), number: Some(number) }
    }

    /// ISO 3166 region of the number.
    pub fn country(&self) -> Option<&str> {
        self.number.as_ref().and_then(PhoneNumber::country)
    }
}

/// Reads a link.
pub fn parse(link: &str, context: &LinkContext<'_>) -> Result<Target, RefuseReason> {
    let link = link.trim_matches(' ');
    if link.len() > LINK_MAX || link.chars().any(char::is_control) {
        return Err(RefuseReason::Hostile);
    }
    let (scheme, rest) = link.split_once(':').ok_or(RefuseReason::Scheme)?;
    let scheme = scheme.to_ascii_lowercase();
    let rest = rest.trim_start_matches('/');
    match scheme.as_str() {
        "tel" => tel(rest, context),
        "callto" => callto(rest, context),
        "sip" | "sips" => sip(&scheme, rest, context),
        _ => Err(RefuseReason::Scheme),
    }
}

/// The number in a link, whosever domain it names: for what is asked about a number before it is decided.
pub fn number_in(link: &str, country: &str) -> Option<PhoneNumber> {
    let link = without_query(link);
    let host = link.rsplit_once('@').and_then(|(_, host)| host_of(host).ok());
    let own_domains: Vec<String> = host.into_iter().collect();
    parse(link, &LinkContext { country, own_domains: &own_domains, allowed_domains: &[] }).ok()?.number
}

fn tel(rest: &str, context: &LinkContext<'_>) -> Result<Target, RefuseReason> {
    let text = decoded(without_query(rest))?;
    let text: String = text.chars().filter(|c| !is_invisible(*c)).collect();
    let (digits, parameters) = split_parameters(&text);
    number_with(digits, &parameters, context.country).map(Target::of_number)
}

/// `callto:` carries numbers, `tel:` and `sip:` inside itself, addresses, and host names of another age.
fn callto(rest: &str, context: &LinkContext<'_>) -> Result<Target, RefuseReason> {
    let rest = rest.trim_matches(['<', '>', ' ', '/']);
    let inner = rest.split_once(':').map(|(scheme, rest)| (scheme.to_ascii_lowercase(), rest));
    match inner {
        Some((scheme, inner)) if scheme == "tel" => tel(inner, context),
        Some((scheme, inner)) if scheme == "sip" || scheme == "sips" => sip(&scheme, inner, context),
        _ if without_query(rest).contains('@') => sip("sip", rest, context),
        _ if rest.parse::<std::net::Ipv4Addr>().is_ok() => Err(RefuseReason::ForeignDomain),
        _ => tel(rest, context),
    }
}

fn sip(scheme: &str, rest: &str, context: &LinkContext<'_>) -> Result<Target, RefuseReason> {
    let rest = without_query(rest);
    let Some((user, host)) = rest.rsplit_once('@') else { return sip_without_user(rest, context) };
    if user.contains('@') {
        return Err(RefuseReason::Hostile);
    }
    let host = host_of(host)?;
    let own = is_listed(&host, context.own_domains);
    if !own && !is_listed(&host, context.allowed_domains) {
        return Err(RefuseReason::ForeignDomain);
    }
    // RFC 3261 §19.1.1: the password stands behind a colon, telephone-subscriber parameters behind semicolons.
    let user = decoded(user.split(':').next().unwrap_or_default())?;
    if user.chars().any(is_invisible) {
        return Err(RefuseReason::Hostile);
    }
    let (name, parameters) = split_parameters(&user);
    let known = if is_numeric(name) { number_with(name, &parameters, context.country).ok() } else { None };
    if name.trim().is_empty() {
        return Err(RefuseReason::NoNumber);
    }
    match known {
        // The exchange knows its own users as they are written: no country code is put before them.
        Some(number) if own => Ok(Target { dial: dialled(name), display: number.display(), number: Some(number) }),
        number => {
            let dial = format!("{scheme}:{}@{host}", escaped(name));
            let display = number.as_ref().map_or_else(|| format!("{name}@{host}"), PhoneNumber::display);
            Ok(Target { dial, display, number })
        }
    }
}

/// `sip:231` means a user here, although the RFC would call it a host.
fn sip_without_user(rest: &str, context: &LinkContext<'_>) -> Result<Target, RefuseReason> {
    let (name, _) = split_parameters(rest);
    let name = decoded(name)?;
    if name.parse::<std::net::Ipv4Addr>().is_ok() {
        return Err(RefuseReason::ForeignDomain);
    }
    if !is_numeric(&name) {
        return Err(if name.contains('.') { RefuseReason::ForeignDomain } else { RefuseReason::NoNumber });
    }
    let number = number(&name, None, context.country)?;
    Ok(Target { dial: dialled(&name), display: number.display(), number: Some(number) })
}

/// The parameters that matter of those behind the semicolons (RFC 3966 §3).
#[derive(Default)]
struct Parameters {
    extension: Option<String>,
    context: Option<String>,
}

fn split_parameters(text: &str) -> (&str, Parameters) {
    let mut parts = text.split(';');
    let number = parts.next().unwrap_or_default();
    let mut parameters = Parameters::default();
    for part in parts {
        let Some((name, value)) = part.split_once('=') else { continue };
        let value = value.trim().trim_matches('"');
        match name.trim().to_ascii_lowercase().as_str() {
            "ext" | "extension" => parameters.extension = Some(value.to_owned()),
            "phone-context" => parameters.context = Some(value.to_owned()),
            _ => {}
        }
    }
    (number, parameters)
}

fn number_with(digits: &str, parameters: &Parameters, country: &str) -> Result<PhoneNumber, RefuseReason> {
    let extension = parameters.extension.as_deref();
    let global = parameters.context.as_deref().and_then(|context| context.strip_prefix('+'));
    if let Some(code) = global.filter(|_| !digits.trim_start().starts_with('+')) {
        // RFC 3966 §5.1.5: a local number means something only in its context, here a country or area code.
        let bare = digits.trim_start_matches([' ', '(']);
        if let Ok(number @ PhoneNumber::Full { .. }) = number(&format!("+{code} {bare}"), extension, country) {
            return Ok(number);
        }
    }
    number(digits, extension, country)
}

fn number(text: &str, extension: Option<&str>, country: &str) -> Result<PhoneNumber, RefuseReason> {
    let number = PhoneNumber::parse(text, country).map_err(|_| RefuseReason::NoNumber)?;
    let is_full = number.e164().is_some();
    // Letters are an extension mark, a label or a vanity number, or the text is no number at all.
    if !is_full && has_foreign_letters(text) {
        return Err(RefuseReason::NoNumber);
    }
    if !is_full && number.dial().chars().filter(char::is_ascii_digit).count() > DIGITS_MAX && !number.is_service_code()
    {
        return Err(RefuseReason::NoNumber);
    }
    let digits = extension.map(|text| text.chars().filter(char::is_ascii_digit).collect::<String>());
    match (number, digits) {
        (PhoneNumber::Full { e164, country, .. }, Some(digits)) if !digits.is_empty() && digits.len() <= 11 => {
            Ok(PhoneNumber::Full { e164, country, extension: Some(digits) })
        }
        (number, _) => Ok(number),
    }
}

fn has_foreign_letters(text: &str) -> bool {
    let letters: String = fold(text).chars().filter(|c| c.is_alphabetic()).collect();
    !matches!(
        letters.as_str(),
        "" | "ext" | "x" | "extension" | "extn" | "tel" | "anexo" | "ramal" | "interno" | "int" | "telext"
    )
}

fn is_numeric(text: &str) -> bool {
    text.chars().any(|c| c.is_ascii_digit() || c == '*')
        && text.chars().all(|c| c.is_ascii_digit() || "+-.()*# /".contains(c))
}

/// The characters of a numeric user part that are dialled.
fn dialled(name: &str) -> String {
    let plus = name.trim_start().starts_with('+');
    let digits = name.chars().filter(|c| c.is_ascii_digit() || matches!(c, '*' | '#'));
    plus.then_some('+').into_iter().chain(digits).collect()
}

/// Headers and whatever else stands behind a question mark are never taken over.
fn without_query(rest: &str) -> &str {
    rest.split('?').next().unwrap_or_default()
}

/// The host of `host[:port][;parameters]`, in lower case.
fn host_of(text: &str) -> Result<String, RefuseReason> {
    let text = text.split(';').next().unwrap_or_default().trim_end_matches('/');
    let host = match text.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => text.split(':').next().unwrap_or_default(),
    };
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    if host.is_empty() || !host.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':')) {
        return Err(RefuseReason::Hostile);
    }
    Ok(if host.contains(':') { format!("[{host}]") } else { host })
}

fn is_listed(host: &str, domains: &[String]) -> bool {
    domains.iter().any(|domain| domain.trim_end_matches('.').eq_ignore_ascii_case(host))
}

/// Without percent escapes; twice, since pages escape what is escaped already. Refuses what is no text, and control
/// characters that were hidden in escapes.
fn decoded(text: &str) -> Result<String, RefuseReason> {
    let once = unescaped(text)?;
    let text = if once.contains('%') { unescaped(&once)? } else { once };
    if text.chars().any(char::is_control) {
        return Err(RefuseReason::Hostile);
    }
    Ok(text)
}

fn unescaped(text: &str) -> Result<String, RefuseReason> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let value = match (first, tail) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)).map(|(high, low)| high << 4 | low),
            _ => None,
        };
        bytes.push(value.unwrap_or(*first));
        rest = if value.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8(bytes).map_err(|_| RefuseReason::Hostile)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// A user part as it may stand in a SIP URI: unreserved and user-unreserved characters stay (RFC 3261 §25.1), all others
/// are escaped. A semicolon would begin a parameter for some parsers, so it is escaped, too.
fn escaped(user: &str) -> String {
    let mut text = String::with_capacity(user.len());
    for byte in user.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,/".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(link: &str) -> Result<Target, RefuseReason> {
        let own = ["pbx.example".to_owned()];
        let allowed = ["partner.example".to_owned()];
        parse(link, &LinkContext { country: "CR", own_domains: &own, allowed_domains: &allowed })
    }

    fn dial(link: &str) -> Result<String, RefuseReason> {
        read(link).map(|target| target.dial)
    }

    #[test]
    fn user_parts_stay_escaped() {
        assert_eq!(dial("sip:ana%20mora@pbx.example").as_deref(), Ok("sip:ana%20mora@pbx.example"));
        assert_eq!(dial("sip:ana%40home@pbx.example").as_deref(), Ok("sip:ana%40home@pbx.example"));
        assert_eq!(dial("sip:a%3Bmaddr=evil@pbx.example").as_deref(), Ok("sip:a@pbx.example"));
        assert_eq!(dial("sip:j%C3%BCrgen@pbx.example").as_deref(), Ok("sip:j%C3%BCrgen@pbx.example"));
        assert_eq!(dial("sip:o'neil&co@pbx.example").as_deref(), Ok("sip:o'neil&co@pbx.example"));
    }

    #[test]
    fn only_user_and_host_are_taken() {
        for link in [
            "sip:ana@pbx.example;maddr=203.0.113.9",
            "sip:ana:secret@pbx.example:5070;transport=tcp;lr",
            "sip:ana@pbx.example?Subject=x&Route=%3Csip:evil.example%3E&body=y",
            "sip:ana@PBX.example.;method=REFER",
            "sip://ana@pbx.example/",
        ] {
            assert_eq!(dial(link).as_deref(), Ok("sip:ana@pbx.example"), "{link}");
        }
        assert_eq!(dial("sips:ana@partner.example;user=phone").as_deref(), Ok("sips:ana@partner.example"));
    }

    #[test]
    fn the_exchange_gets_its_own_users_as_they_are() {
        assert_eq!(dial("sip:85550117@pbx.example;user=phone").as_deref(), Ok("85550117"));
        assert_eq!(read("sip:85550117@pbx.example").unwrap().number.unwrap().e164(), Some("+50685550117"));
        assert_eq!(dial("sip:%2B50685550117@pbx.example").as_deref(), Ok("+50685550117"));
        assert_eq!(dial("sip:+50622220000;ext=231@pbx.example").as_deref(), Ok("+50622220000"));
        assert_eq!(dial("sip:231").as_deref(), Ok("231"));
    }

    #[test]
    fn the_number_is_known_before_the_domain_is_judged() {
        for link in ["sip:+34912345678@any.example;user=phone?x=a@b", "tel:+34912345678", "callto:0034912345678"] {
            assert_eq!(number_in(link, "CR").unwrap().e164(), Some("+34912345678"), "{link}");
        }
        assert_eq!(number_in("sip:ana@any.example", "CR"), None);
    }

    #[test]
    fn hostile_links_are_refused() {
        for (link, reason) in [
            ("tel:8555%0d%0aINVITE", RefuseReason::Hostile),
            ("tel:8555\r\n0117", RefuseReason::Hostile),
            ("tel:8555%250D0117", RefuseReason::Hostile),
            ("tel:%FF%FE", RefuseReason::Hostile),
            ("sip:a@b@pbx.example", RefuseReason::Hostile),
            ("sip:%E2%80%AEana@pbx.example", RefuseReason::Hostile),
            ("sip:ana@evil.example", RefuseReason::ForeignDomain),
            ("sip:ana@pbx.example.evil.example", RefuseReason::ForeignDomain),
            ("sip:ana@203.0.113.9", RefuseReason::ForeignDomain),
            ("sip:203.0.113.9", RefuseReason::ForeignDomain),
            ("callto:192.168.1.1", RefuseReason::ForeignDomain),
            ("tel:javascript:alert(1)", RefuseReason::NoNumber),
            ("tel:", RefuseReason::NoNumber),
            ("callto:ana.mora", RefuseReason::NoNumber),
            ("javascript:alert(1)", RefuseReason::Scheme),
            ("8555 0117", RefuseReason::Scheme),
        ] {
            assert_eq!(read(link), Err(reason), "{link}");
        }
        assert_eq!(read(&format!("tel:{}", "1".repeat(3000))), Err(RefuseReason::Hostile));
    }

    proptest::proptest! {
        #[test]
        fn any_link_is_read_without_panic(scheme in "tel:|callto:|sip:|sips:|sip://|", rest in "\\PC{0,80}") {
            if let Ok(target) = read(&format!("{scheme}{rest}")) {
                proptest::prop_assert!(!target.dial.chars().any(|c| c.is_control() || c == ' ' || c == '<' || c == '>'));
            }
        }
    }
}
