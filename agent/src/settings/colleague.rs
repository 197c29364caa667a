//! Colleagues as the settings know them: `[[colleague]]`.

use agent_api::call::DialOrigin;
use agent_api::colleague::{SaveColleague, SaveColleagues};
use agent_api::error::{ApiError, ErrorCode};
use agent_api::id::{AccountId, ColleagueId};
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table};
use uuid::Uuid;

use super::table::{Reader, put, set, tables};
use super::{Settings, Warning};
use crate::link::LinkContext;
use crate::party;

/// The most colleagues: each is a subscription at the exchange.
pub const MANY: usize = 100;
/// The most characters of a name or extension.
const LONG: usize = 80;

/// A colleague.
#[derive(Clone, PartialEq, Eq)]
pub struct Colleague {
    /// Its id.
    pub id: ColleagueId,
    /// For the eye.
    pub name: String,
    /// The line over which the exchange is asked.
    pub account: AccountId,
    /// Extension, number or SIP address.
    pub target: String,
}

impl std::fmt::Debug for Colleague {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Colleague({})", self.id.0)
    }
}

/// The form's colleagues, trimmed; `new_id` names those that are new.
///
/// # Errors
/// A name or extension is missing or has a wrong form; the detail is `name.0` or `target.0` with the place in the list.
pub fn checked(request: SaveColleagues, mut new_id: impl FnMut() -> Uuid) -> Result<Vec<Colleague>, ApiError> {
    if request.list.len() > MANY {
        return Err(ApiError::about(ErrorCode::Invalid, "list"));
    }
    let mut list: Vec<Colleague> = Vec::new();
    for (at, one) in request.list.into_iter().enumerate() {
        let known = one.id.filter(|id| list.iter().all(|other| other.id != *id));
        let id = known.unwrap_or_else(|| ColleagueId(new_id()));
        list.push(check_one(at, id, one)?);
    }
    Ok(list)
}

fn check_one(at: usize, id: ColleagueId, one: SaveColleague) -> Result<Colleague, ApiError> {
    let wrong = |code, field: &str| Err(ApiError::about(code, format!("{field}.{at}")));
    let (name, target) = (one.name.trim().to_owned(), one.target.trim().to_owned());
    match () {
        () if name.is_empty() => wrong(ErrorCode::Required, "name"),
        () if !is_name(&name) => wrong(ErrorCode::Invalid, "name"),
        () if target.is_empty() => wrong(ErrorCode::Required, "target"),
        () if !is_target(&target) => wrong(ErrorCode::Invalid, "target"),
        () => Ok(Colleague { id, name, account: one.account, target }),
    }
}

fn is_name(text: &str) -> bool {
    text.chars().count() <= LONG && !text.chars().any(char::is_control)
}

fn is_target(text: &str) -> bool {
    let home = LinkContext { country: "", own_domains: &[], allowed_domains: &[] };
    text.chars().count() <= LONG && party::read_target(text, DialOrigin::Keypad, &home).is_ok()
}

pub(super) fn read(root: &Table, settings: &mut Settings, warnings: &mut Vec<Warning>) {
    for (place, table) in tables(root, "colleague", warnings).into_iter().enumerate() {
        let path = format!("colleague.{}", place + 1);
        let mut reader = Reader::of(table, &path, warnings);
        let uuid = |text: &str| Uuid::parse_str(text).ok();
        let id = reader.checked("id", uuid).map(ColleagueId);
        let account = reader.checked("account", uuid).map(AccountId);
        let name = reader.checked("name", |text| is_name(text.trim()).then(|| text.trim().to_owned()));
        let target = reader.checked("target", |text| is_target(text.trim()).then(|| text.trim().to_owned()));
        reader.finish();
        let list = &mut settings.colleagues;
        match (id, account, name.filter(|name| !name.is_empty()), target) {
            (Some(id), Some(account), Some(name), Some(target))
                if list.len() < MANY && list.iter().all(|other| other.id != id) =>
            {
                list.push(Colleague { id, name, account, target });
            }
            _ => warnings.push(Warning::Incomplete { key: path }),
        }
    }
}

/// They are matched by id, so that comments and unknown keys stay with theirs.
pub(super) fn apply(document: &mut DocumentMut, colleagues: &[Colleague]) {
    let old = match document.remove("colleague") {
        Some(Item::ArrayOfTables(array)) => array,
        _ => ArrayOfTables::new(),
    };
    let id = |table: &Table| table.get("id").and_then(Item::as_str).and_then(|id| Uuid::parse_str(id).ok());
    let mut list = Vec::new();
    for colleague in colleagues {
        let known = old.iter().find(|table| id(table) == Some(colleague.id.0));
        let mut table = known.cloned().unwrap_or_default();
        set(&mut table, "id", colleague.id.0.to_string());
        set(&mut table, "name", colleague.name.as_str());
        set(&mut table, "account", colleague.account.0.to_string());
        set(&mut table, "target", colleague.target.as_str());
        list.push(table);
    }
    // What could not be read as a colleague is somebody's work in progress: it is kept.
    let unread = |table: &&Table| id(table).is_none() || !table.contains_key("target") || !table.contains_key("name");
    for table in old.iter().filter(unread) {
        list.push(table.clone());
    }
    put(document, "colleague", list);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{SettingsFile, read_settings};

    const LINE: AccountId = AccountId(Uuid::from_u128(0xA));

    fn save(id: Option<u128>, name: &str, target: &str) -> SaveColleague {
        let id = id.map(|id| ColleagueId(Uuid::from_u128(id)));
        SaveColleague { id, name: name.to_owned(), account: LINE, target: target.to_owned() }
    }

    fn check(list: Vec<SaveColleague>) -> Result<Vec<Colleague>, Option<String>> {
        let mut next = 0x100;
        let new_id = || {
            next += 1;
            Uuid::from_u128(next)
        };
        checked(SaveColleagues { list }, new_id).map_err(|error| error.detail)
    }

    #[test]
    fn a_wrong_form_names_its_place() {
        let second = |one| check(vec![save(None, "Ana", "231"), one]).unwrap_err().unwrap_or_default();
        assert_eq!(second(save(None, " ", "232")), "name.1");
        assert_eq!(second(save(None, &"x".repeat(81), "232")), "name.1");
        assert_eq!(second(save(None, "Eva", " ")), "target.1");
        assert_eq!(second(save(None, "Eva", "a b <c>")), "target.1");
        let many = (0..101).map(|_| save(None, "Ana", "231")).collect();
        assert_eq!(check(many), Err(Some("list".to_owned())));
        let fine = check(vec![save(Some(7), " Ana ", " sip:ana@pbx.example "), save(Some(7), "Eva", "232")]).unwrap();
        assert_eq!((fine[0].name.as_str(), fine[0].target.as_str()), ("Ana", "sip:ana@pbx.example"));
        assert_eq!((fine[0].id.0.as_u128(), fine[1].id.0.as_u128()), (7, 0x101), "one id names one");
    }

    #[test]
    fn the_file_keeps_them_in_order_with_their_comments() {
        let dir = tempfile::tempdir().unwrap();
        let file = SettingsFile::within(dir.path());
        let mut settings = Settings::for_country("CR");
        settings.colleagues = check(vec![save(Some(1), "Ana", "231"), save(Some(2), "Eva", "232")]).unwrap();
        file.write(&settings).unwrap();
        assert_eq!(file.read("ES"), (settings.clone(), vec![]));
        let path = dir.path().join("settings.toml");
        let text = std::fs::read_to_string(&path).unwrap().replace("\"231\"", "\"231\" # upstairs");
        std::fs::write(&path, text).unwrap();
        settings.colleagues.reverse();
        file.write(&settings).unwrap();
        assert_eq!(file.read("ES").0, settings);
        assert!(std::fs::read_to_string(&path).unwrap().contains("# upstairs"));
    }

    #[test]
    fn what_is_no_colleague_is_named_and_kept() {
        let text = "[[colleague]]\nname = \"Ana\"\ntarget = \"231\"\n";
        let (settings, warnings) = read_settings(text, "CR");
        assert!(settings.colleagues.is_empty());
        assert_eq!(warnings, [Warning::Incomplete { key: "colleague.1".to_owned() }]);
        let mut document: DocumentMut = text.parse().unwrap();
        apply(&mut document, &check(vec![save(Some(2), "Eva", "232")]).unwrap());
        let text = document.to_string();
        assert!(text.contains("\"Ana\"") && text.contains("\"Eva\""), "{text}");
    }
}
