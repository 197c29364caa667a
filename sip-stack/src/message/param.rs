//! `;name=value` parameters of URIs and headers: order and unknown ones kept, names compared without case.

use std::borrow::Cow;
use std::fmt;

use super::scan;
use super::value::ValueError;

/// One parameter. A value keeps its quotes, so that printing gives back what was read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Param {
    /// Name as it came.
    pub name: Box<str>,
    /// Value as it came, quotes included; none for a flag such as `lr`.
    pub value: Option<Box<str>>,
}

/// An ordered list of parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Params(Vec<Param>);

impl Params {
    /// No parameters.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Reads `;a=b;c` (the leading semicolon is part of it; nothing at all is an empty list).
    ///
    /// White space around `;` and `=` is allowed, as header parameters have it. One semicolon too many at the very end is
    /// forgiven, because phones in the field send it; other empty parameters are not.
    ///
    /// # Errors
    /// [`ValueError::Parameter`] for an empty name or bytes between, [`ValueError::Quote`] for a quote that never closes.
    pub fn parse(bytes: &[u8]) -> Result<Self, ValueError> {
        let mut rest = scan::trim(bytes);
        let mut params = Vec::new();
        while let Some((first, tail)) = rest.split_first() {
            if *first != b';' {
                return Err(ValueError::Parameter);
            }
            let end = scan::find_unquoted(tail, |b| b == b';').map_err(|_| ValueError::Quote)?.unwrap_or(tail.len());
            let (one, after) = tail.split_at(end);
            let one = scan::trim(one);
            if one.is_empty() && after.is_empty() && !params.is_empty() {
                break;
            }
            params.push(Param::parse(one)?);
            rest = after;
        }
        Ok(Self(params))
    }

    /// Sets `name` to `value` in its place, or at the end.
    pub fn set(&mut self, name: &str, value: Option<&str>) {
        let value = value.map(Box::from);
        match self.0.iter_mut().find(|p| p.name.eq_ignore_ascii_case(name)) {
            Some(param) => param.value = value,
            None => self.0.push(Param { name: name.into(), value }),
        }
    }

    /// Takes `name` away.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|p| !p.name.eq_ignore_ascii_case(name));
    }

    /// Whether `name` is there, with or without value.
    pub fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// Value of `name` as it came; none if it is missing or a flag.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.find(name)?.value.as_deref()
    }

    /// Value of `name`, quotes and escapes resolved.
    pub fn get_unquoted(&self, name: &str) -> Option<Cow<'_, str>> {
        self.get(name).map(|value| scan::unquote(value.as_bytes()))
    }

    /// The parameter itself.
    pub fn find(&self, name: &str) -> Option<&Param> {
        self.0.iter().find(|p| p.name.eq_ignore_ascii_case(name))
    }

    /// All, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Param> {
        self.0.iter()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// None at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Param {
    fn parse(bytes: &[u8]) -> Result<Self, ValueError> {
        let (name, value) = match scan::split_once(bytes, b'=') {
            Some((name, value)) => (scan::trim_end(name), Some(scan::trim(value))),
            None => (bytes, None),
        };
        let printable = |b: &u8| !b.is_ascii_control() && !matches!(b, b' ' | b'"' | b'<' | b'>' | b'@' | b',');
        if name.is_empty() || !name.iter().all(printable) {
            return Err(ValueError::Parameter);
        }
        if let Some([b'"', ..]) = value
            && value.and_then(scan::quoted_len) != value.map(<[u8]>::len)
        {
            return Err(ValueError::Quote);
        }
        Ok(Self { name: scan::escaped_text(name).into(), value: value.map(|v| scan::escaped_text(v).into()) })
    }
}

impl fmt::Display for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Param { name, value } in &self.0 {
            match value {
                Some(value) => write!(f, ";{name}={value}")?,
                None => write!(f, ";{name}")?,
            }
        }
        Ok(())
    }
}
