//! One request of a description: read from the file, made for values.

use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Map, Value as Json};
use url::Url;

use super::answer::Pointer;
use super::node::{DescriptionError, Node, Table, Value};
use super::template::{Language, Scope, Template, Values, percent_encoded};
use super::values::{LISTS, PAGE};

/// The most requests that one search makes for different terms.
const TERMS_MAX: usize = 6;
/// Headers that are not a file's to set.
const OWN_HEADERS: &[&str] = &["authorization", "host", "content-length", "cookie", "connection", "transfer-encoding"];

type Read<T> = Result<T, DescriptionError>;

/// A request.
#[derive(Debug)]
pub(super) struct Request {
    pub method: Method,
    path: Template,
    query: Vec<(String, QueryText)>,
    headers: Vec<(HeaderName, Template)>,
    body: Option<Shape>,
    /// The request is made once for each of these, which `{term}` then is.
    pub terms: Vec<Template>,
    /// Statuses that mean that there is nothing.
    pub empty: Vec<u16>,
    pub paging: Option<Paging>,
}

/// How the next page is asked for.
#[derive(Debug)]
pub(super) struct Paging {
    pub size: usize,
    pub next: Next,
}

#[derive(Debug)]
pub(super) enum Next {
    /// By `{page.offset}` or `{page.number}`.
    Counted,
    /// By `{page.cursor}`, which the answer has here.
    Cursor(Pointer),
    /// At the address that the answer has here.
    Link(Pointer),
}

#[derive(Debug)]
struct QueryText {
    text: Template,
    language: Option<Language>,
    /// The text is repeated for each member of a list, with this between.
    each: Option<(String, String)>,
}

/// JSON with texts in it.
#[derive(Debug)]
pub(super) enum Shape {
    Text(Template),
    Fixed(Json),
    List(Vec<Shape>),
    Table(Vec<(String, Shape)>),
}

/// Lists that a text may be repeated for.
pub(super) type Lists = Vec<(&'static str, Vec<String>)>;

/// A text with values.
pub(super) fn template(node: &Node, scope: &Scope) -> Read<Template> {
    Template::parse(node.text()?, scope).map_err(|what| node.wrong(what))
}

/// A way into an answer.
pub(super) fn pointer(node: &Node) -> Read<Pointer> {
    Pointer::parse(node.text()?).map_err(|what| node.wrong(what))
}

impl Request {
    /// Reads the keys of a request from a table that may have others.
    pub fn read(table: &Table, scope: &Scope) -> Read<Self> {
        let method = table.need("method")?;
        let method = match method.text()? {
            "GET" => Method::GET,
            "POST" => Method::POST,
            "PUT" => Method::PUT,
            "PATCH" => Method::PATCH,
            _ => return Err(method.wrong("GET, POST, PUT or PATCH is meant")),
        };
        let terms = terms(table, scope)?;
        let with_term = scope.and((!terms.is_empty()).then_some("term"));
        let paging = table.below("paging", |table| {
            let size = table.need("size")?;
            let number = usize::try_from(size.number()?).ok().filter(|size| (1..=200).contains(size));
            let cursor = table.maybe("cursor", pointer)?.map(Next::Cursor);
            let link = table.maybe("link", pointer)?.map(Next::Link);
            let next = match (cursor, link) {
                (Some(_), Some(_)) => return Err(table.wrong("either «cursor» or «link»")),
                (cursor, link) => cursor.or(link).unwrap_or(Next::Counted),
            };
            Ok(Paging { size: number.ok_or_else(|| size.wrong("1 to 200 is meant"))?, next })
        })?;
        let scope = if paging.is_some() { with_term.and(PAGE.iter().copied()) } else { with_term };
        let path = table.need("path")?;
        if path.text()?.starts_with('/') || path.text()?.contains(['?', '#', '\\', ':']) {
            return Err(path.wrong(
                "a path below the server's address is meant, without / at its beginning, «?», «#», «:» or «\\»",
            ));
        }
        let empty = table.maybe("empty", |node| {
            node.list()?.iter().map(|one| Ok(u16::try_from(one.number()?).unwrap_or(0))).collect()
        })?;
        Ok(Self {
            method,
            path: template(path, &scope)?,
            query: table.maybe("query", |node| query(node.table()?, &scope))?.unwrap_or_default(),
            headers: table.maybe("headers", |node| headers(node.table()?, &scope))?.unwrap_or_default(),
            body: table.maybe("body", |node| Shape::read(node, &scope))?,
            terms,
            empty: empty.unwrap_or_default(),
            paging,
        })
    }

    /// Some text of it has this value.
    pub fn uses(&self, name: &str) -> bool {
        self.path.uses(name)
            || self.query.iter().any(|(_, query)| query.text.uses(name))
            || self.headers.iter().any(|(_, text)| text.uses(name))
            || self.body.as_ref().is_some_and(|body| body.uses(name))
    }

    /// The address for these values; none if a value that the path needs is missing or cannot stand there. Where a query
    /// `narrows`, none of its texts may be missing: without it, the search would be for anybody.
    pub fn address(&self, base: &Url, values: &Values, lists: &Lists, narrows: bool) -> Option<Url> {
        let mut query = Vec::new();
        for (name, text) in &self.query {
            match text.rendered(values, lists) {
                Some(value) => query.push(format!("{}={}", query_name(name), percent_encoded(&value))),
                None if narrows && !text.text.is_of_pages() => return None,
                None => {}
            }
        }
        below(base, &self.path.path(values)?, (!query.is_empty()).then(|| query.join("&")))
    }

    /// What is sent with it; none if a value cannot stand in a header.
    pub fn fill(&self, values: &Values) -> Option<Filled> {
        let mut headers = Vec::new();
        for (name, text) in &self.headers {
            if text.plain(values).is_some() {
                headers.push((name.clone(), HeaderValue::try_from(text.header(values)?).ok()?));
            }
        }
        let body = self.body.as_ref().map(|shape| shape.render(values).unwrap_or_else(|| Json::Object(Map::new())));
        Some(Filled { method: self.method.clone(), headers, body })
    }
}

/// A request whose values are in their places.
pub(super) struct Filled {
    method: Method,
    headers: Vec<(HeaderName, HeaderValue)>,
    pub body: Option<Json>,
}

impl Filled {
    /// The request itself.
    pub fn build(&self, http: &Client, url: Url) -> RequestBuilder {
        let mut request = http.request(self.method.clone(), url);
        let mut typed = false;
        for (name, value) in &self.headers {
            typed |= name == reqwest::header::CONTENT_TYPE;
            request = request.header(name.clone(), value.clone());
        }
        match &self.body {
            None => request,
            Some(body) => {
                if !typed {
                    request = request.header(reqwest::header::CONTENT_TYPE, "application/json");
                }
                request.body(body.to_string())
            }
        }
    }
}

/// `path` below the whole of `base`, never beside it.
pub(super) fn below(base: &Url, path: &str, query: Option<String>) -> Option<Url> {
    let root = format!("{}/", base.path().trim_end_matches('/'));
    let mut url = base.clone();
    url.set_path(&format!("{root}{path}"));
    url.set_query(query.as_deref());
    url.set_fragment(None);
    (url.path().starts_with(&root) && url.origin() == base.origin()).then_some(url)
}

/// Names are the file's own: what servers want to see as it is stays.
fn query_name(name: &str) -> String {
    name.chars().map(|c| if "$[]".contains(c) { c.to_string() } else { percent_encoded(&c.to_string()) }).collect()
}

fn terms(table: &Table, scope: &Scope) -> Read<Vec<Template>> {
    let Some(node) = table.get("terms") else { return Ok(Vec::new()) };
    let list = node.list()?;
    if !(1..=TERMS_MAX).contains(&list.len()) {
        return Err(node.wrong(format!("1 to {TERMS_MAX} terms are meant")));
    }
    list.iter().map(|one| template(one, scope)).collect()
}

pub(super) fn headers(table: &Table, scope: &Scope) -> Read<Vec<(HeaderName, Template)>> {
    let read = |(name, node): (&String, &Node)| {
        let header = HeaderName::try_from(name.as_str()).map_err(|_| node.wrong("this is no name of a header"))?;
        if OWN_HEADERS.contains(&header.as_str()) {
            return Err(node.wrong("this header is not the file's to set"));
        }
        Ok((header, template(node, scope)?))
    };
    table.all().map(read).collect()
}

fn query(table: &Table, scope: &Scope) -> Read<Vec<(String, QueryText)>> {
    table.all().map(|(name, node)| Ok((name.clone(), QueryText::read(node, scope)?))).collect()
}

impl QueryText {
    fn read(node: &Node, scope: &Scope) -> Read<Self> {
        let Value::Table(table) = &node.value else {
            let text = match node.scalar()? {
                Json::String(_) => template(node, scope)?,
                other => Template::parse(&other.to_string(), scope).map_err(|what| node.wrong(what))?,
            };
            if text.varies() && text.has_quotes() {
                let whose = "values stand between quotes: say whose with { odata = \"…\" } or { soql = \"…\" }";
                return Err(node.wrong(whose));
            }
            return Ok(Self { text, language: None, each: None });
        };
        let each = table.maybe("each", |each| {
            let name = each.text()?;
            let between = table.need("join")?.text()?;
            match LISTS.iter().find(|list| **list == name) {
                Some(_) => Ok((name.to_owned(), between.to_owned())),
                None => Err(each.wrong(format!("a list is meant: {}", LISTS.join(", ")))),
            }
        })?;
        let scope = scope.and(each.is_some().then_some("each"));
        let ways = [("odata", Some(Language::OData)), ("soql", Some(Language::Soql)), ("text", None)];
        let mut given = ways.iter().filter_map(|(key, language)| Some((table.get(key)?, *language)));
        let (Some((text, language)), None) = (given.next(), given.next()) else {
            return Err(node.wrong("one of «odata», «soql» and «text» is meant"));
        };
        let made = template(text, &scope)?;
        if language.is_some() && !made.is_quoted() {
            return Err(text.wrong("every value stands between single quotes here"));
        }
        if language.is_none() && made.varies() && made.has_quotes() {
            return Err(text.wrong("values stand between quotes: say whose with «odata» or «soql»"));
        }
        table.finish()?;
        Ok(Self { text: made, language, each })
    }

    fn rendered(&self, values: &Values, lists: &Lists) -> Option<String> {
        let Some((list, between)) = &self.each else { return self.text.query(values, self.language) };
        let members = &lists.iter().find(|(name, _)| name == list)?.1;
        let mut values = values.clone();
        let texts = members.iter().filter_map(|member| {
            values.insert("each".to_owned(), member.as_str().into());
            self.text.query(&values, self.language)
        });
        Some(texts.collect::<Vec<_>>().join(between))
    }
}

impl Shape {
    pub fn read(node: &Node, scope: &Scope) -> Read<Self> {
        Ok(match &node.value {
            Value::Text(_) => Self::Text(template(node, scope)?),
            Value::List(list) => Self::List(list.iter().map(|one| Self::read(one, scope)).collect::<Read<_>>()?),
            Value::Table(table) => {
                let members = table.all().map(|(name, one)| Ok((name.clone(), Self::read(one, scope)?)));
                Self::Table(members.collect::<Read<_>>()?)
            }
            Value::Number(_) | Value::Flag(_) => Self::Fixed(node.scalar()?),
        })
    }

    fn uses(&self, name: &str) -> bool {
        match self {
            Self::Text(text) => text.uses(name),
            Self::Fixed(_) => false,
            Self::List(list) => list.iter().any(|one| one.uses(name)),
            Self::Table(members) => members.iter().any(|(_, one)| one.uses(name)),
        }
    }

    /// With its values; what has a missing one is left out.
    fn render(&self, values: &Values) -> Option<Json> {
        Some(match self {
            Self::Text(text) => text.json(values)?,
            Self::Fixed(value) => value.clone(),
            // A condition with a missing part is none.
            Self::List(list) => {
                let complete = |one: &Shape| match one {
                    Self::List(parts) => {
                        parts.iter().map(|part| part.render(values)).collect::<Option<Vec<_>>>().map(Json::Array)
                    }
                    other => other.render(values),
                };
                Json::Array(list.iter().filter_map(complete).collect())
            }
            Self::Table(members) => {
                let mut rendered = Map::new();
                for (name, one) in members {
                    match one.render(values) {
                        Some(value) => drop(rendered.insert(name.clone(), value)),
                        None if matches!(one, Self::Text(text) if text.is_needed()) => return None,
                        None => {}
                    }
                }
                Json::Object(rendered)
            }
        })
    }
}
