//! Kinds of exchanges: which codes they have. Facts about exchanges stand in the files of `agent/pbx` alone.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use agent_api::error::{ApiError, ErrorCode};
use agent_api::pbx::{PbxCode, PbxCodes, PbxProfile};
use serde::Deserialize;

use crate::settings::Account;

/// The profile of an account that says nothing.
pub const GENERIC: &str = "generic";

/// The files that come with the program, by name; the one without codes first.
const SHIPPED: &[(&str, &str)] = &[
    (GENERIC, include_str!("../../pbx/generic.toml")),
    ("threecx", include_str!("../../pbx/threecx.toml")),
    ("asterisk", include_str!("../../pbx/asterisk.toml")),
    ("freeswitch", include_str!("../../pbx/freeswitch.toml")),
    ("yeastar", include_str!("../../pbx/yeastar.toml")),
];

/// The most characters of a code, and of what is put into one.
const CODE_MAX: usize = 32;

/// What a file says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    name: String,
    #[serde(default)]
    codes: BTreeMap<PbxCode, Code>,
}

static PROFILES: LazyLock<Vec<PbxProfile>> =
    LazyLock::new(|| SHIPPED.iter().filter_map(|(id, text)| Some(profile(id, toml::from_str(text).ok()?))).collect());

fn profile(id: &str, told: Description) -> PbxProfile {
    let codes = told.codes.into_iter().filter(|(code, text)| text.suits(*code)).map(|(code, text)| (code, text.0));
    PbxProfile { id: id.to_owned(), name: told.name, codes: codes.collect() }
}

/// All profiles, the one without codes first.
pub fn profiles() -> &'static [PbxProfile] {
    &PROFILES
}

/// Keys of a telephone with at most one place for a number: `**{extension}`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Code(String);

/// What can be put into a code.
const PLACES: [&str; 4] = ["{extension}", "{slot}", "{queue}", "{user}"];

impl TryFrom<String> for Code {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let (before, _, after) = split(&text);
        let keys = |part: &str| part.bytes().all(|key| key.is_ascii_digit() || key == b'*' || key == b'#');
        if text.is_empty() || text.len() > CODE_MAX || !keys(before) || !keys(after) {
            return Err("keys of a telephone and one place at most are expected");
        }
        Ok(Self(text))
    }
}

impl Code {
    /// Whether its place is one that this code can have.
    fn suits(&self, code: PbxCode) -> bool {
        let (_, place, _) = split(&self.0);
        match code {
            PbxCode::Pickup | PbxCode::ToVoicemail => place == Some("{extension}"),
            PbxCode::Retrieve => place == Some("{slot}"),
            PbxCode::Park => place.is_none_or(|place| place == "{slot}"),
            PbxCode::Voicemail => place.is_none_or(|place| place == "{user}"),
            PbxCode::QueuePause | PbxCode::QueueUnpause => place.is_none_or(|place| place == "{queue}"),
            PbxCode::PickupGroup | PbxCode::ParkKeys | PbxCode::DndOn | PbxCode::DndOff | PbxCode::Record => {
                place.is_none()
            }
        }
    }
}

/// What stands before a place, the place, and what stands after it.
fn split(text: &str) -> (&str, Option<&str>, &str) {
    let found = PLACES.iter().find_map(|place| text.split_once(place).map(|(before, after)| (before, *place, after)));
    found.map_or((text, None, ""), |(before, place, after)| (before, Some(place), after))
}

/// Whether an account may say this in place of its profile; nothing means that its exchange has none.
pub fn is_own(code: PbxCode, text: &str) -> bool {
    text.is_empty() || Code::try_from(text.to_owned()).is_ok_and(|keys| keys.suits(code))
}

/// The codes that hold for an account.
pub fn codes(account: &Account) -> PbxCodes {
    let known = profiles().iter().find(|profile| profile.id == account.profile);
    let mut codes = known.map(|profile| profile.codes.clone()).unwrap_or_default();
    codes.extend(account.own_codes.clone());
    codes.extend(account.voicemail.clone().map(|number| (PbxCode::Voicemail, number)));
    codes.retain(|_, text| !text.is_empty());
    if let Some(voicemail) = codes.get_mut(&PbxCode::Voicemail) {
        *voicemail = voicemail.replace("{user}", &account.user);
    }
    codes
}

/// The keys of a code, with a number in its place.
///
/// # Errors
/// Not found where the exchange has no such code; about `number` where one is missing, superfluous, too long or not of digits
/// alone: a star or a host in it would make another code of it.
pub fn filled(account: &Account, code: PbxCode, number: Option<&str>) -> Result<String, ApiError> {
    let text = codes(account).remove(&code).ok_or(ApiError::about(ErrorCode::NotFound, "code"))?;
    let digits =
        |number: &str| (1..=CODE_MAX).contains(&number.len()) && number.bytes().all(|digit| digit.is_ascii_digit());
    match (split(&text), number) {
        ((_, None, _), None) => Ok(text),
        ((before, Some(_), after), Some(number)) if digits(number) => Ok(format!("{before}{number}{after}")),
        _ => Err(ApiError::about(ErrorCode::Invalid, "number")),
    }
}

#[cfg(test)]
mod tests;
