//! Comma-separated values (RFC 4180), bounded, with `,`, `;` or tab between cells.

/// The most bytes of a file.
pub const BYTES_MAX: usize = 64 * 1024 * 1024;
/// The most rows of a file.
pub const ROWS_MAX: usize = 200_000;
/// The most cells of a row.
const CELLS_MAX: usize = 200;

/// Why a file is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CsvError {
    /// Not UTF-8; `line` is where it begins to be something else.
    #[error("line {line} is not UTF-8 text")]
    NotText {
        /// Line, from 1.
        line: usize,
    },
    /// An Excel workbook or another packed file.
    #[error("a workbook, not CSV")]
    Workbook,
    /// More than [`BYTES_MAX`], [`ROWS_MAX`] or 200 cells in a row.
    #[error("too large at line {line}")]
    TooLarge {
        /// Line, from 1.
        line: usize,
    },
    /// A quote that is never closed, or text behind a closing quote.
    #[error("quotes do not fit at line {line}")]
    Quotes {
        /// Line on which the cell began, from 1.
        line: usize,
    },
}

/// A row and the line it began on, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Line, from 1; a cell may hold line ends, so rows and lines differ.
    pub line: usize,
    /// Its cells.
    pub cells: Vec<String>,
}

/// Reads a file. Empty lines are left out.
pub fn read(bytes: &[u8]) -> Result<Vec<Row>, CsvError> {
    if bytes.len() > BYTES_MAX {
        return Err(CsvError::TooLarge { line: 1 });
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return Err(CsvError::Workbook);
    }
    let bytes = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = 1 + bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
        CsvError::NotText { line }
    })?;
    if let Some(at) = text.find('\0') {
        return Err(CsvError::NotText { line: 1 + text[..at].matches('\n').count() });
    }
    Reader { separator: separator(text), rest: text, line: 1 }.rows()
}

/// Writes rows: every cell quoted where it must be, lines end with CR LF, a byte order mark so that spreadsheets know it
/// is UTF-8. Cells are taken as they are; see [`super::guarded`].
pub fn write<'a>(rows: impl IntoIterator<Item = &'a [String]>) -> String {
    let mut text = String::from('\u{feff}');
    for row in rows {
        for (at, cell) in row.iter().enumerate() {
            if at > 0 {
                text.push(',');
            }
            if cell.contains([',', ';', '"', '\n', '\r', '\t']) || cell.starts_with(' ') || cell.ends_with(' ') {
                text.push('"');
                text.push_str(&cell.replace('"', "\"\""));
                text.push('"');
            } else {
                text.push_str(cell);
            }
        }
        text.push_str("\r\n");
    }
    text
}

/// The separator that stands most often in the first line, outside of quotes.
fn separator(text: &str) -> char {
    let mut counts = [(',', 0), (';', 0), ('\t', 0)];
    let mut quoted = false;
    for c in text.chars().take_while(|c| *c != '\n') {
        quoted ^= c == '"';
        if let Some((_, count)) = counts.iter_mut().find(|(separator, _)| *separator == c && !quoted) {
            *count += 1;
        }
    }
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(',', |(separator, _)| *separator)
}

struct Reader<'a> {
    separator: char,
    rest: &'a str,
    line: usize,
}

impl Reader<'_> {
    fn rows(mut self) -> Result<Vec<Row>, CsvError> {
        let mut rows = Vec::new();
        while !self.rest.is_empty() {
            let row = self.row()?;
            if row.cells.iter().any(|cell| !cell.is_empty()) {
                rows.push(row);
            }
            if rows.len() > ROWS_MAX {
                return Err(CsvError::TooLarge { line: self.line });
            }
        }
        Ok(rows)
    }

    fn row(&mut self) -> Result<Row, CsvError> {
        let mut row = Row { line: self.line, cells: Vec::new() };
        loop {
            row.cells.push(if self.rest.starts_with('"') { self.quoted()? } else { self.plain() });
            if row.cells.len() > CELLS_MAX {
                return Err(CsvError::TooLarge { line: row.line });
            }
            if let Some(rest) = self.rest.strip_prefix(self.separator) {
                self.rest = rest;
                continue;
            }
            self.end_of_line();
            return Ok(row);
        }
    }

    fn plain(&mut self) -> String {
        let end = self.rest.find([self.separator, '\n', '\r']).unwrap_or(self.rest.len());
        let (cell, rest) = self.rest.split_at(end);
        self.rest = rest;
        cell.to_owned()
    }

    fn quoted(&mut self) -> Result<String, CsvError> {
        let line = self.line;
        let mut cell = String::new();
        self.rest = &self.rest[1..];
        loop {
            let end = self.rest.find('"').ok_or(CsvError::Quotes { line })?;
            let (part, rest) = self.rest.split_at(end);
            cell.push_str(part);
            self.line += part.matches('\n').count();
            self.rest = &rest[1..];
            match self.rest.strip_prefix('"') {
                Some(rest) => {
                    cell.push('"');
                    self.rest = rest;
                }
                None => break,
            }
        }
        let closed = self.rest.is_empty() || self.rest.starts_with([self.separator, '\n', '\r']);
        if closed { Ok(cell) } else { Err(CsvError::Quotes { line }) }
    }

    fn end_of_line(&mut self) {
        self.rest = self.rest.strip_prefix("\r\n").or(self.rest.strip_prefix(['\n', '\r'])).unwrap_or(self.rest);
        self.line += 1;
    }
}
