//! Keys and values of one table of `settings.toml`, read with their mistakes named and written with their comments kept.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use toml_edit::{DocumentMut, Item, Table, TableLike, Value, value};

use super::Warning;

/// The tables of an array of tables.
pub(super) fn tables<'a>(root: &'a Table, key: &str, warnings: &mut Vec<Warning>) -> Vec<&'a dyn TableLike> {
    match root.get(key) {
        None => Vec::new(),
        Some(item) => match item.as_array_of_tables() {
            Some(array) => array.iter().map(|table| table as &dyn TableLike).collect(),
            None => {
                warnings.push(Warning::Wrong { key: key.to_owned() });
                Vec::new()
            }
        },
    }
}

/// Reads the keys of one table and remembers which are known.
pub(super) struct Reader<'a> {
    table: Option<&'a dyn TableLike>,
    path: String,
    known: Vec<String>,
    warnings: &'a mut Vec<Warning>,
}

impl<'a> Reader<'a> {
    pub(super) fn of(table: &'a dyn TableLike, path: &str, warnings: &'a mut Vec<Warning>) -> Self {
        Self { table: Some(table), path: path.to_owned(), known: Vec::new(), warnings }
    }

    pub(super) fn within(root: &'a Table, key: &str, warnings: &'a mut Vec<Warning>) -> Self {
        let table = root.get(key).and_then(Item::as_table_like);
        if table.is_none() && root.contains_key(key) {
            warnings.push(Warning::Wrong { key: key.to_owned() });
        }
        Self { table, path: key.to_owned(), known: Vec::new(), warnings }
    }

    pub(super) fn text(&mut self, key: &str) -> Option<String> {
        self.typed(key, |item| item.as_str().map(str::to_owned))
    }

    /// A table of texts.
    pub(super) fn texts(&mut self, key: &str) -> Option<BTreeMap<String, String>> {
        let pair = |(name, item): (&str, &Item)| Some((name.to_owned(), item.as_str()?.to_owned()));
        self.typed(key, |item| item.as_table_like()?.iter().map(pair).collect())
    }

    /// A table of texts whose keys and values are known; what is not is warned of by its own name.
    pub(super) fn checked_texts<K: Ord>(
        &mut self,
        key: &str,
        known: impl Fn(&str, &str) -> Option<(K, String)>,
    ) -> BTreeMap<K, String> {
        let told = self.texts(key).unwrap_or_default();
        let mut checked = BTreeMap::new();
        for (name, text) in told {
            match known(&name, &text) {
                Some((name, text)) => _ = checked.insert(name, text),
                None => self.warnings.push(Warning::Wrong { key: format!("{}.{key}.{name}", self.path) }),
            }
        }
        checked
    }

    pub(super) fn flag(&mut self, key: &str) -> Option<bool> {
        self.typed(key, Item::as_bool)
    }

    pub(super) fn number(&mut self, key: &str, range: RangeInclusive<i64>) -> Option<i64> {
        self.typed(key, |item| item.as_integer().filter(|value| range.contains(value)))
    }

    pub(super) fn checked<T>(&mut self, key: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        self.typed(key, |item| item.as_str().and_then(&parse))
    }

    pub(super) fn list<T>(&mut self, key: &str, parse: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
        self.typed(key, |item| item.as_array()?.iter().map(|value| value.as_str().and_then(&parse)).collect())
    }

    pub(super) fn typed<T>(&mut self, key: &str, read: impl Fn(&Item) -> Option<T>) -> Option<T> {
        self.known.push(key.to_owned());
        let item = self.table?.get(key)?;
        let value = read(item);
        if value.is_none() {
            self.warnings.push(Warning::Wrong { key: format!("{}.{key}", self.path) });
        }
        value
    }

    /// The table is of no use without this key.
    pub(super) fn lacks(&mut self, key: &str) {
        self.warnings.push(Warning::Incomplete { key: format!("{}.{key}", self.path) });
    }

    /// Names the keys that nobody asked for.
    pub(super) fn finish(&mut self) {
        let Some(table) = self.table else { return };
        for (key, _) in table.iter() {
            if !self.known.iter().any(|known| known == key) {
                self.warnings.push(Warning::Unknown { key: format!("{}.{key}", self.path) });
            }
        }
    }
}

/// Puts these tables into the document in this order, whatever places they had in the file.
pub(super) fn put(document: &mut DocumentMut, key: &str, mut tables: Vec<Table>) {
    let mut places: Vec<isize> = tables.iter().filter_map(Table::position).collect();
    places.sort_unstable();
    for (at, table) in tables.iter_mut().enumerate() {
        // New ones come behind the last.
        if let Some(place) = places.get(at).or(places.last()) {
            table.set_position(*place);
        }
    }
    if !tables.is_empty() {
        document.insert(key, Item::ArrayOfTables(tables.into_iter().collect()));
    }
}

/// Sets a value but keeps the comment behind it; an equal value is not touched at all.
pub(super) fn set(table: &mut Table, key: &str, new: impl Into<Value>) {
    let mut new: Value = new.into();
    if let Some(old) = table.get(key).and_then(Item::as_value) {
        if old.to_string().trim() == new.to_string().trim() {
            return;
        }
        *new.decor_mut() = old.decor().clone();
    }
    match table.get_mut(key) {
        Some(item) => *item = value(new),
        None => {
            table.insert(key, value(new));
        }
    }
}

pub(super) fn set_optional(table: &mut Table, key: &str, new: Option<Value>) {
    match new {
        Some(new) => set(table, key, new),
        None => {
            table.remove(key);
        }
    }
}

/// A value at its default is written only where it stands already.
pub(super) fn set_unless<T: PartialEq + Into<Value>>(table: &mut Table, key: &str, new: T, default: T) {
    if new != default || table.contains_key(key) {
        set(table, key, new);
    }
}
