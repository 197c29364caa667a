//! A TOML file read so that everything wrong in it can be told with its line and key.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use toml::de::{DeTable, DeValue};

/// The largest description that is read, in bytes.
const FILE_MAX: usize = 128 * 1024;
/// How deep it may be.
const DEPTH_MAX: usize = 12;

/// What is wrong in a description, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, {key}: {what}")]
pub struct DescriptionError {
    /// The line, from 1.
    pub line: usize,
    /// The key, such as `log.body.subject`.
    pub key: String,
    /// What is wrong, in English, for whoever writes the file.
    pub what: String,
}

/// Something in the file.
#[derive(Debug)]
pub(super) struct Node {
    pub value: Value,
    pub line: usize,
    pub key: String,
}

#[derive(Debug)]
pub(super) enum Value {
    Text(String),
    Number(i64),
    Flag(bool),
    List(Vec<Node>),
    Table(Table),
}

/// A table, whose keys must all be read.
#[derive(Debug, Default)]
pub(super) struct Table {
    entries: BTreeMap<String, Node>,
    read: RefCell<BTreeSet<String>>,
    pub line: usize,
    pub key: String,
}

type Read<T> = Result<T, DescriptionError>;

/// The whole file.
pub(super) fn parse(text: &str) -> Read<Table> {
    let whole = |line, what: &str| DescriptionError { line, key: "file".into(), what: what.into() };
    if text.len() > FILE_MAX {
        return Err(whole(1, "the file is too large"));
    }
    let parsed = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        whole(line_of(text, at), error.message())
    })?;
    let mut entries = BTreeMap::new();
    for (name, value) in parsed.into_inner() {
        let name = name.into_inner().into_owned();
        let node = node(text, name.clone(), line_of(text, value.span().start), value.into_inner(), 0)?;
        entries.insert(name, node);
    }
    Ok(Table { entries, read: RefCell::default(), line: 1, key: String::new() })
}

fn node(text: &str, key: String, line: usize, value: DeValue<'_>, depth: usize) -> Read<Node> {
    let wrong = |what: &str| DescriptionError { line, key: key.clone(), what: what.into() };
    if depth > DEPTH_MAX {
        return Err(wrong("this is nested too deep"));
    }
    let value = match value {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => {
            let number = i64::from_str_radix(number.as_str(), number.radix());
            Value::Number(number.map_err(|_| wrong("this number is too large"))?)
        }
        DeValue::Boolean(flag) => Value::Flag(flag),
        DeValue::Float(_) | DeValue::Datetime(_) => {
            return Err(wrong("a text, a whole number, true or false is meant"));
        }
        DeValue::Array(items) => {
            let mut list = Vec::with_capacity(items.len());
            for (n, item) in items.into_iter().enumerate() {
                let line = line_of(text, item.span().start);
                list.push(node(text, format!("{key}[{n}]"), line, item.into_inner(), depth + 1)?);
            }
            Value::List(list)
        }
        DeValue::Table(table) => {
            let mut entries = BTreeMap::new();
            for (name, value) in table {
                let (below, at) = (format!("{key}.{}", name.get_ref()), line_of(text, value.span().start));
                let below = node(text, below, at, value.into_inner(), depth + 1)?;
                entries.insert(name.into_inner().into_owned(), below);
            }
            Value::Table(Table { entries, read: RefCell::default(), line, key: key.clone() })
        }
    };
    Ok(Node { value, line, key })
}

fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes()[..at.min(text.len())].iter().filter(|byte| **byte == b'\n').count() + 1
}

impl Node {
    /// Something is wrong with it.
    pub fn wrong(&self, what: impl Into<String>) -> DescriptionError {
        DescriptionError { line: self.line, key: self.key.clone(), what: what.into() }
    }

    pub fn text(&self) -> Read<&str> {
        if let Value::Text(text) = &self.value { Ok(text) } else { Err(self.wrong("a text is meant")) }
    }

    pub fn number(&self) -> Read<u64> {
        let number = if let Value::Number(number) = self.value { u64::try_from(number).ok() } else { None };
        number.ok_or_else(|| self.wrong("a whole number, not below zero, is meant"))
    }

    pub fn flag(&self) -> Read<bool> {
        if let Value::Flag(flag) = self.value { Ok(flag) } else { Err(self.wrong("true or false is meant")) }
    }

    pub fn table(&self) -> Read<&Table> {
        if let Value::Table(table) = &self.value { Ok(table) } else { Err(self.wrong("a table is meant")) }
    }

    pub fn list(&self) -> Read<&[Node]> {
        if let Value::List(list) = &self.value { Ok(list) } else { Err(self.wrong("a list is meant")) }
    }

    /// A text, a number or a flag as it goes into JSON.
    pub fn scalar(&self) -> Read<Json> {
        match &self.value {
            Value::Text(text) => Ok(text.as_str().into()),
            Value::Number(number) => Ok((*number).into()),
            Value::Flag(flag) => Ok((*flag).into()),
            Value::List(_) | Value::Table(_) => Err(self.wrong("a text, a whole number, true or false is meant")),
        }
    }
}

impl Table {
    /// Something is wrong with the whole of it.
    pub fn wrong(&self, what: impl Into<String>) -> DescriptionError {
        DescriptionError { line: self.line, key: self.key.clone(), what: what.into() }
    }

    /// What stands under a key, if anything.
    pub fn get(&self, key: &str) -> Option<&Node> {
        let node = self.entries.get(key)?;
        self.read.borrow_mut().insert(key.to_owned());
        Some(node)
    }

    /// What must stand there.
    pub fn need(&self, key: &str) -> Read<&Node> {
        self.get(key).ok_or_else(|| self.wrong(format!("«{key}» is missing")))
    }

    /// `get`, read by `how`.
    pub fn maybe<'a, T>(&'a self, key: &str, how: impl FnOnce(&'a Node) -> Read<T>) -> Read<Option<T>> {
        self.get(key).map(how).transpose()
    }

    /// A table below, if there is one, whose keys must all be read by `how`.
    pub fn below<T>(&self, key: &str, how: impl FnOnce(&Table) -> Read<T>) -> Read<Option<T>> {
        let Some(table) = self.maybe(key, Node::table)? else { return Ok(None) };
        let made = how(table)?;
        table.finish()?;
        Ok(Some(made))
    }

    /// Every key with what stands there; all count as read.
    pub fn all(&self) -> impl Iterator<Item = (&String, &Node)> {
        self.read.borrow_mut().extend(self.entries.keys().cloned());
        self.entries.iter()
    }

    /// Nothing is left that nobody understands.
    pub fn finish(&self) -> Read<()> {
        let read = self.read.borrow();
        match self.entries.iter().find(|(name, _)| !read.contains(*name)) {
            None => Ok(()),
            Some((_, node)) => Err(node.wrong("nobody knows this key")),
        }
    }
}
