//! A file becomes a [`Description`], or the first thing that is wrong in it.

use std::collections::BTreeMap;

use crm::connector::{FieldKind, FieldSpec, PersonField, RemoteKind};
use reqwest::header::HeaderName;
use serde_json::Value as Json;
use url::Url;

use super::answer::{Errors, Meaning, Pointer, Rule};
use super::description::{
    Address, Asked, Authority, Check, Choices, Condition, Create, Describe, Description, Edit, Find, Limits, Log,
    Search, Setting, SignInKind, Tickets,
};
use super::node::{self, DescriptionError, Node, Table};
use super::request::{Request, headers, pointer, template};
use super::template::{Scope, Template};
use super::values::{CHANGE, ENTRY, FIELDS, MARKER, NUMBER, PERSON, TEXT, WHO, scope};
use crate::http::is_loopback;

type Read<T> = Result<T, DescriptionError>;

/// The version of the file's form that this program reads.
const FORMAT: u64 = 1;
/// The largest answer that a file may ask to be read, in KiB.
const ANSWER_KIB_MAX: u64 = 8 * 1024;
/// The most records of one answer.
const ROWS_MAX: u64 = 500;
/// The most pages of one answer.
const PAGES_MAX: u64 = 10;

impl Description {
    /// Reads a file.
    ///
    /// # Errors
    /// The first thing that is wrong in it, with its line and key.
    pub fn read(text: &str) -> Result<Self, DescriptionError> {
        let file = node::parse(text)?;
        let format = file.need("format")?;
        if format.number()? != FORMAT {
            return Err(format.wrong(format!("this program reads format {FORMAT}")));
        }
        let settings = file.maybe("settings", |node| settings(node.table()?))?.unwrap_or_default();
        let names: Vec<String> = settings.iter().map(|setting| format!("setting.{}", setting.name)).collect();
        let known = Scope::of(names.iter().map(String::as_str));
        let with = |names: &[&str]| scope(names, &known);
        let need = |key: &str| file.need(key).and_then(Node::table);
        let me = file.get("check").and_then(|node| node.table().ok()).is_some_and(|check| check.get("id").is_some());
        let description = Self {
            name: file.need("name")?.text()?.to_owned(),
            sources: texts(file.need("sources")?)?,
            verified: file.need("verified")?.flag()?,
            server: file.maybe("server", server)?,
            sign_in: sign_in(need("sign_in")?, &known)?,
            headers: file.maybe("headers", |node| headers(node.table()?, &known))?.unwrap_or_default(),
            words: file.maybe("words", |node| words(node.table()?))?.unwrap_or_default(),
            limits: file.below("limits", limits)?.map_or_else(|| limits(&Table::default()), Ok)?,
            errors: file.below("errors", errors)?.unwrap_or_default(),
            check: check(need("check")?, &known)?,
            by_number: searches(file.get("find_by_number"), &with(NUMBER), true)?,
            by_text: searches(file.get("find_by_text"), &with(TEXT), false)?,
            create: by_kind(file.get("create"), |table| create(table, &with(PERSON)))?,
            created: by_kind(file.get("find_created"), |table| find(table, &with(PERSON)))?,
            describe: by_kind(file.get("describe"), |table| describe(table, &known))?,
            edit: by_kind(file.get("edit"), |table| edit(table, &with(WHO), &with(&[WHO, CHANGE].concat())))?,
            log: log(need("log")?, &with(&[ENTRY, if me { &["me"] } else { &[] }].concat()))?,
            look_up: file.below("look_up", |table| find(table, &with(&[MARKER, WHO].concat())))?,
            tickets: file.below("tickets", |table| tickets(table, &with(WHO)))?,
            attach: file.below("attach", |table| Request::read(table, &with(&["entry", "ticket"])))?,
            addresses: file.maybe("address", |node| addresses(node.table()?, &with(&["id"])))?.unwrap_or_default(),
            settings,
        };
        file.finish()?;
        description.complete(&file)?;
        Ok(description)
    }

    /// What must stand together.
    fn complete(&self, file: &Table) -> Read<()> {
        for kind in self.create.keys() {
            if !self.created.contains_key(kind) {
                let what = "whoever can be created must be found again after an answer that was lost";
                return Err(file.wrong(format!("«find_created» is missing: {what}")));
            }
        }
        if !self.log.once && self.look_up.is_none() {
            let what = "a call that can be logged twice must be looked for after an answer that was lost";
            return Err(file.wrong(format!("«look_up» is missing: {what}")));
        }
        Ok(())
    }
}

fn texts(node: &Node) -> Read<Vec<String>> {
    node.list()?.iter().map(|one| one.text().map(str::to_owned)).collect()
}

/// https, or plain on this machine alone; without user and password.
pub(super) fn is_safe(url: &Url) -> bool {
    let way = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url));
    way && url.username().is_empty() && url.password().is_none() && url.host_str().is_some()
}

fn server(node: &Node) -> Read<Url> {
    let url = Url::parse(node.text()?).map_err(|_| node.wrong("an address is meant"))?;
    if is_safe(&url) { Ok(url) } else { Err(node.wrong("the address must begin with https://")) }
}

fn settings(table: &Table) -> Read<Vec<Setting>> {
    let read = |(name, node): (&String, &Node)| {
        let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !plain {
            return Err(node.wrong("a setting's name is of small letters, digits and _"));
        }
        Ok(Setting { name: name.clone(), label: node.text()?.to_owned() })
    };
    table.all().map(read).collect()
}

fn sign_in(table: &Table, known: &Scope) -> Read<SignInKind> {
    let kind = table.need("kind")?;
    let made = match kind.text()? {
        "key" => {
            let header = table.need("header")?;
            let name = HeaderName::try_from(header.text()?);
            SignInKind::Key { header: name.map_err(|_| header.wrong("this is no name of a header"))? }
        }
        "bearer" => {
            let word = table.maybe("word", Node::text)?.unwrap_or("Bearer");
            if word.is_empty() || !word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
                return Err(table.need("word")?.wrong("one word is meant"));
            }
            SignInKind::Bearer { word: word.to_owned() }
        }
        "basic" => SignInKind::Basic,
        "browser" => SignInKind::Browser(authority(table, known, true)?),
        "program" => SignInKind::Program(authority(table, known, false)?),
        _ => return Err(kind.wrong("key, bearer, basic, browser or program is meant")),
    };
    table.finish()?;
    Ok(made)
}

fn authority(table: &Table, known: &Scope, browser: bool) -> Read<Authority> {
    let scope = known.and(["server"]);
    let scopes = table.maybe("scopes", |node| node.list()?.iter().map(|one| template(one, &scope)).collect())?;
    let token = table.need("token")?;
    Ok(Authority {
        host: host_of(token.text()?).map(str::to_owned),
        authorize: if browser { Some(token_address(table.need("authorize")?, known)?) } else { None },
        token: token_address(token, known)?,
        revoke: if browser { table.maybe("revoke", |node| token_address(node, known))? } else { None },
        scopes: scopes.unwrap_or_default(),
        secret: table.maybe("secret", Node::flag)?.unwrap_or(!browser),
    })
}

/// The host of an address; none of a path.
fn host_of(text: &str) -> Option<&str> {
    text.split_once("://").map(|(_, rest)| rest.split('/').next().unwrap_or_default())
}

/// Where secrets go: a host that stands in the file itself, or a path below the server. Values only make paths.
fn token_address(node: &Node, known: &Scope) -> Read<Template> {
    let text = node.text()?;
    let good = match host_of(text) {
        Some(host) => {
            let url = Url::parse(text.split('{').next().unwrap_or_default()).ok();
            !host.contains(['{', '}', '@']) && url.as_ref().is_some_and(is_safe)
        }
        None => !text.starts_with('/') && !text.contains([':', '?', '#', '\\']),
    };
    if !good {
        return Err(node.wrong("an https:// address whose host stands here, or a path below the server, is meant"));
    }
    template(node, known)
}

fn words(table: &Table) -> Read<BTreeMap<String, BTreeMap<String, Json>>> {
    let mut words = BTreeMap::new();
    for (name, node) in table.all() {
        if !ENTRY.contains(&name.as_str()) {
            return Err(node.wrong(format!("a value of a call is meant: {}", ENTRY.join(", "))));
        }
        let members = node.table()?.all().map(|(from, to)| Ok((from.clone(), to.scalar()?)));
        words.insert(name.clone(), members.collect::<Read<_>>()?);
    }
    Ok(words)
}

fn limits(table: &Table) -> Read<Limits> {
    let number = |key: &str, most: u64, or: u64| {
        let Some(node) = table.get(key) else { return Ok(usize::try_from(or).unwrap_or(usize::MAX)) };
        let number = node.number()?;
        let good = (1..=most).contains(&number).then(|| usize::try_from(number).ok()).flatten();
        good.ok_or_else(|| node.wrong(format!("1 to {most} is meant")))
    };
    let header =
        |node: &Node| HeaderName::try_from(node.text()?).map_err(|_| node.wrong("this is no name of a header"));
    let allowance = match (table.maybe("left", header)?, table.maybe("of", header)?) {
        (Some(left), Some(of)) => Some((left, of)),
        (None, None) => None,
        _ => return Err(table.wrong("«left» and «of» stand together")),
    };
    Ok(Limits {
        answer_bytes: number("answer_kib", ANSWER_KIB_MAX, 2048)?.saturating_mul(1024),
        rows: number("rows", ROWS_MAX, 100)?,
        pages: number("pages", PAGES_MAX, 3)?,
        allowance,
    })
}

fn errors(table: &Table) -> Read<Errors> {
    let rules = table.maybe("rules", |node| node.list()?.iter().map(rule).collect())?;
    Ok(Errors {
        code: table.maybe("code", pointer)?,
        message: table.maybe("message", pointer)?,
        fields: table.maybe("fields", pointer)?,
        rules: rules.unwrap_or_default(),
    })
}

fn rule(node: &Node) -> Read<Rule> {
    let table = node.table()?;
    let means = table.need("means")?;
    let meaning = match means.text()? {
        "sign_in" => Meaning::SignIn,
        "limit" => Meaning::Limit,
        "busy" => Meaning::Busy,
        "invalid" => Meaning::Invalid,
        "duplicate" => Meaning::Duplicate,
        "stale" => Meaning::Stale,
        "not_found" => Meaning::NotFound,
        "forbidden" => Meaning::Forbidden,
        "not_offered" => Meaning::NotOffered,
        "lost" => Meaning::Lost,
        _ => {
            let known = "sign_in, limit, busy, invalid, duplicate, stale, not_found, forbidden, not_offered or lost";
            return Err(means.wrong(format!("{known} is meant")));
        }
    };
    let owned = |node: &Node| node.text().map(str::to_owned);
    let at = table.maybe("at", pointer)?;
    let member = match at {
        Some(at) => Some((at, super::template::as_text(&table.need("is")?.scalar()?))),
        None => None,
    };
    let status = table.maybe("status", |node| {
        u16::try_from(node.number()?)
            .ok()
            .filter(|s| (200..600).contains(s))
            .ok_or_else(|| node.wrong("200 to 599 is meant"))
    })?;
    let (code, says) = (table.maybe("code", owned)?, table.maybe("says", owned)?);
    if status.is_none() && code.is_none() && says.is_none() && member.is_none() {
        return Err(table.wrong("a rule without «status», «code», «says» and «at» would be for everything"));
    }
    let existing = table.maybe("existing", pointer)?;
    table.finish()?;
    Ok(Rule { status, code, says, member, meaning, existing })
}

fn check(table: &Table, known: &Scope) -> Read<Check> {
    let check = Check {
        request: Request::read(table, known)?,
        user: pointer(table.need("user")?)?,
        id: table.maybe("id", pointer)?,
        organisation: table.maybe("organisation", pointer)?,
    };
    table.finish()?;
    Ok(check)
}

fn kind(node: &Node, text: &str) -> Read<RemoteKind> {
    Ok(match text {
        "contact" => RemoteKind::Contact,
        "lead" => RemoteKind::Lead,
        "company" => RemoteKind::Company,
        "ticket" => RemoteKind::Ticket,
        "activity" => RemoteKind::Activity,
        _ => return Err(node.wrong("contact, lead, company, ticket or activity is meant")),
    })
}

fn by_kind<T>(node: Option<&Node>, how: impl Fn(&Table) -> Read<T>) -> Read<BTreeMap<RemoteKind, T>> {
    let Some(node) = node else { return Ok(BTreeMap::new()) };
    let mut made = BTreeMap::new();
    for (name, node) in node.table()?.all() {
        let kind = kind(node, name)?;
        if !matches!(kind, RemoteKind::Contact | RemoteKind::Lead) {
            return Err(node.wrong("contact or lead is meant"));
        }
        let table = node.table()?;
        made.insert(kind, how(table)?);
        table.finish()?;
    }
    Ok(made)
}

fn pointers(node: &Node) -> Read<Vec<Pointer>> {
    node.list()?.iter().map(pointer).collect()
}

fn searches(node: Option<&Node>, scope: &Scope, by_number: bool) -> Read<Vec<Search>> {
    let Some(node) = node else { return Ok(Vec::new()) };
    let read = |node: &Node| {
        let table = node.table()?;
        let record = table.need("record")?;
        let search = Search {
            kind: kind(record, record.text()?)?,
            request: Request::read(table, scope)?,
            rows: pointer(table.need("rows")?)?,
            id: pointer(table.need("id")?)?,
            name: pointers(table.need("name")?)?,
            company: table.maybe("company", pointer)?,
            phones: table.maybe("phones", pointers)?.unwrap_or_default(),
            has: table.maybe("has", |node| template(node, scope))?,
            email: table.maybe("email", pointer)?,
        };
        if by_number && search.phones.is_empty() {
            return Err(table.wrong("«phones» is missing: whoever is found is verified by the number"));
        }
        table.finish()?;
        Ok(search)
    };
    node.list()?.iter().map(read).collect()
}

fn create(table: &Table, scope: &Scope) -> Read<Create> {
    let further = table.maybe("further", |node| {
        let path = node.text()?.strip_prefix('/').ok_or_else(|| node.wrong("a way into the body begins with /"))?;
        Ok(path.split('/').map(str::to_owned).collect())
    })?;
    Ok(Create {
        request: Request::read(table, scope)?,
        id: pointer(table.need("id")?)?,
        further: further.unwrap_or_default(),
    })
}

/// `who` are the values of reading, `change` those of changing.
fn edit(table: &Table, who: &Scope, change: &Scope) -> Read<Edit> {
    let below = |key: &str, scope: &Scope| {
        let request = table.below(key, |table| Request::read(table, scope))?;
        request.ok_or_else(|| table.wrong(format!("«{key}» is missing")))
    };
    let gone = table.below("gone", |table| {
        let text = super::template::as_text(&table.need("is")?.scalar()?);
        Ok((pointer(table.need("at")?)?, text))
    })?;
    let fields = table.need("fields")?;
    let field = |(name, node): (&String, &Node)| {
        let known = FIELDS.iter().find(|(known, _)| known == name);
        let (_, field) = known.ok_or_else(|| node.wrong("nobody knows this field"))?;
        Ok((*field, pointer(node)?))
    };
    let edit = Edit {
        read: below("read", who)?,
        row: table.maybe("row", pointer)?.unwrap_or_default(),
        fields: fields.table()?.all().map(field).collect::<Read<BTreeMap<PersonField, Pointer>>>()?,
        version: table.maybe("version", pointer)?,
        gone,
        update: below("update", change)?,
    };
    // What can be read and not changed would never be told there.
    let unused = FIELDS.iter().find(|(name, field)| edit.fields.contains_key(field) && !edit.update.uses(name));
    if let Some((name, _)) = unused {
        return Err(table.wrong(format!("«update» has no {{{name}}}, which «fields» reads")));
    }
    if edit.is_conditional() && edit.version.is_none() {
        return Err(table.wrong("«update» has {version}, which «version» must read"));
    }
    Ok(edit)
}

fn find(table: &Table, scope: &Scope) -> Read<Find> {
    let conditions = table.maybe("where", |node| {
        let read = |node: &Node| {
            let table = node.table()?;
            let (whole, text) = match (table.get("is"), table.get("has")) {
                (Some(is), None) => (true, is),
                (None, Some(has)) => (false, has),
                _ => return Err(table.wrong("either «is» or «has»")),
            };
            let condition = Condition { at: pointer(table.need("at")?)?, text: template(text, scope)?, whole };
            table.finish()?;
            Ok(condition)
        };
        node.list()?.iter().map(read).collect()
    })?;
    Ok(Find {
        request: Request::read(table, scope)?,
        rows: pointer(table.need("rows")?)?,
        id: pointer(table.need("id")?)?,
        conditions: conditions.unwrap_or_default(),
    })
}

fn log(table: &Table, scope: &Scope) -> Read<Log> {
    let log = Log {
        request: Request::read(table, scope)?,
        id: pointer(table.need("id")?)?,
        once: table.maybe("once", Node::flag)?.unwrap_or(false),
    };
    table.finish()?;
    Ok(log)
}

fn tickets(table: &Table, scope: &Scope) -> Read<Tickets> {
    Ok(Tickets {
        request: Request::read(table, scope)?,
        rows: pointer(table.need("rows")?)?,
        id: pointer(table.need("id")?)?,
        number: pointer(table.need("number")?)?,
        subject: pointer(table.need("subject")?)?,
    })
}

fn field_kind(node: &Node) -> Read<FieldKind> {
    Ok(match node.text()? {
        "text" => FieldKind::Text { max: 0 },
        "number" => FieldKind::Number,
        "flag" => FieldKind::Flag,
        "date" => FieldKind::Date,
        "email" => FieldKind::Email,
        "phone" => FieldKind::Phone,
        _ => return Err(node.wrong("text, number, flag, date, email or phone is meant")),
    })
}

fn describe(table: &Table, known: &Scope) -> Read<Describe> {
    if let Some(fields) = table.get("fields") {
        let read = |node: &Node| {
            let table = node.table()?;
            let spec = FieldSpec {
                name: table.need("name")?.text()?.to_owned(),
                label: table.need("label")?.text()?.to_owned(),
                kind: field_kind(table.need("kind")?)?,
                required: table.maybe("required", Node::flag)?.unwrap_or(false),
                default: None,
                fed_by: None,
            };
            table.finish()?;
            Ok(spec)
        };
        return Ok(Describe::Fixed(fields.list()?.iter().map(read).collect::<Read<_>>()?));
    }
    let kinds = table.maybe("kinds", |node| {
        node.table()?.all().map(|(name, node)| Ok((name.clone(), field_kind(node)?))).collect()
    })?;
    let required_is = table.maybe("required_is", Node::scalar)?.unwrap_or(Json::Bool(true));
    Ok(Describe::Asked(Box::new(Asked {
        request: Request::read(table, known)?,
        rows: pointer(table.need("rows")?)?,
        name: pointer(table.need("name")?)?,
        label: pointer(table.need("label")?)?,
        kind: pointer(table.need("kind")?)?,
        required: pointer(table.need("required")?)?,
        required_is: super::template::as_text(&required_is),
        unless: table.maybe("unless", pointer)?,
        default: table.maybe("default", pointer)?,
        choices: table.below("choices", |table| {
            let value = table.maybe("value", pointer)?.unwrap_or_default();
            let label = table.maybe("label", pointer)?.unwrap_or_else(|| value.clone());
            Ok(Choices { all: pointer(table.need("all")?)?, value, label })
        })?,
        kinds: kinds.unwrap_or_default(),
    })))
}

fn addresses(table: &Table, scope: &Scope) -> Read<BTreeMap<RemoteKind, Address>> {
    let read = |(name, node): (&String, &Node)| {
        let text = node.text()?;
        if text.starts_with('/') || text.contains([':', '\\']) {
            return Err(node.wrong("a path below the server's address is meant"));
        }
        let part = |text: &str| Template::parse(text, scope).map_err(|what| node.wrong(what));
        let split = |text: &'_ str, at: char| match text.split_once(at) {
            None => (text.to_owned(), None),
            Some((before, behind)) => (before.to_owned(), Some(behind.to_owned())),
        };
        let (rest, fragment) = split(text, '#');
        let (path, query) = split(&rest, '?');
        let maybe = |text: Option<String>| text.map(|text| part(&text)).transpose();
        Ok((kind(node, name)?, Address { path: part(&path)?, query: maybe(query)?, fragment: maybe(fragment)? }))
    };
    table.all().map(read).collect()
}
