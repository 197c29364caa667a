//! Report descriptors (HID 1.11 §6.2.2): which bits of which report carry which usage.
//!
//! They come from whatever is plugged in, so everything is bounded and a damaged one is an error, never a panic.

use std::collections::BTreeMap;

mod items;

use items::{Item, Items};

/// Longest descriptor that is read, in bytes: as Linux has it (`HID_MAX_DESCRIPTOR_SIZE`).
pub const MAX_LEN: usize = 4096;
/// Most bits of one report; far above the 64 bytes of any headset.
const MAX_REPORT_BITS: u32 = 8 * 4096;
const MAX_DEPTH: usize = 32;
const MAX_PUSHED: usize = 16;
const MAX_FIELDS: usize = 512;
const MAX_USAGES: usize = 512;

/// Why a descriptor cannot be used; `at` is the offset of the item in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DescriptorError {
    /// Longer than [`MAX_LEN`].
    #[error("{len} bytes are too long for a report descriptor")]
    TooLong {
        /// Its length in bytes.
        len: usize,
    },
    /// The last item says that it is longer than what there is.
    #[error("the item at {at} is cut short")]
    CutShort {
        /// Offset of the item.
        at: usize,
    },
    /// Deeper, longer or more than any device needs.
    #[error("the item at {at} asks for more than is read")]
    TooMuch {
        /// Offset of the item.
        at: usize,
    },
    /// A collection or a delimiter ends that did not begin, or a pop without push.
    #[error("the item at {at} ends what did not begin")]
    NotBegun {
        /// Offset of the item.
        at: usize,
    },
    /// A collection is open at the end.
    #[error("a collection does not end")]
    NotEnded,
    /// Report ids are 1 to 255 (§6.2.2.7).
    #[error("the item at {at} is no report id")]
    ReportId {
        /// Offset of the item.
        at: usize,
    },
}

/// Direction of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// From the device.
    Input,
    /// To the device.
    Output,
    /// Read and written on request.
    Feature,
}

/// A usage with its page in the upper 16 bits, as in an extended usage (§6.2.2.8).
pub type Usage = u32;

/// A collection (§6.2.2.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collection {
    /// What it is for; 0 if nothing was said.
    pub usage: Usage,
    /// 0 physical, 1 application, 2 logical, …
    pub kind: u8,
    /// Index of the one around it.
    pub parent: Option<usize>,
}

/// One Input, Output or Feature item: `count` values of `size` bits, one behind the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Direction of its report.
    pub kind: Kind,
    /// Report id; 0 where reports have none.
    pub report: u8,
    /// First bit, counted behind the report id.
    pub offset: u32,
    /// Bits of a value.
    pub size: u32,
    /// Number of values.
    pub count: u32,
    /// Bits of the main item (§6.2.2.5).
    pub flags: u32,
    /// Smallest value; of arrays, the one that means the first usage.
    pub logical_min: i32,
    /// Usages from the first to the last of each pair, both inclusive.
    pub usages: Vec<(Usage, Usage)>,
    /// Index of the collection in which it stands.
    pub collection: Option<usize>,
}

impl Field {
    /// Padding: nothing is said by it.
    pub fn is_constant(&self) -> bool {
        self.flags & 0x01 != 0
    }

    /// Every value has a usage of its own; otherwise values are indices of usages.
    pub fn is_variable(&self) -> bool {
        self.flags & 0x02 != 0
    }

    /// Values are changes.
    pub fn is_relative(&self) -> bool {
        self.flags & 0x04 != 0
    }

    /// It stays where it was put, as a latching switch does.
    pub fn has_no_preferred_state(&self) -> bool {
        self.flags & 0x20 != 0
    }

    /// The usage at `index`; without the rule that the last one repeats.
    pub fn usage(&self, index: u32) -> Option<Usage> {
        let mut left = index;
        for (first, last) in &self.usages {
            let length = last - first;
            if left <= length {
                return Some(first + left);
            }
            left -= length + 1;
        }
        None
    }

    /// The value at `index` in the bytes of a report behind its id; `None` where the report is too short, or a value wider than 32 bits.
    pub fn value(&self, index: u32, bytes: &[u8]) -> Option<u32> {
        if index >= self.count || self.size > 32 {
            return None;
        }
        let begin = self.offset + index * self.size;
        (0..self.size).try_fold(0, |value, bit| {
            let at = begin + bit;
            let byte = bytes.get(at as usize / 8)?;
            Some(value | u32::from(byte >> (at % 8) & 1) << bit)
        })
    }
}

/// What a device says of its reports.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Descriptor {
    /// Collections in the order in which they begin.
    pub collections: Vec<Collection>,
    /// Fields in the order in which they stand.
    pub fields: Vec<Field>,
    lengths: BTreeMap<(Kind, u8), u32>,
}

impl Descriptor {
    /// Reads a descriptor whole.
    ///
    /// # Errors
    /// What is damaged or beyond all measure, with the place where it stands.
    pub fn parse(bytes: &[u8]) -> Result<Self, DescriptorError> {
        if bytes.len() > MAX_LEN {
            return Err(DescriptorError::TooLong { len: bytes.len() });
        }
        let mut parser = Parser::default();
        for item in Items::of(bytes) {
            parser.item(item?)?;
        }
        if parser.open.is_empty() { Ok(parser.done) } else { Err(DescriptorError::NotEnded) }
    }

    /// Whether reports begin with their id (§6.2.2.7: if one does, all do).
    pub fn is_numbered(&self) -> bool {
        self.lengths.keys().any(|(_, report)| *report != 0)
    }

    /// Length of a report in bytes, without its id.
    pub fn report_len(&self, kind: Kind, report: u8) -> usize {
        self.lengths.get(&(kind, report)).map_or(0, |bits| bits.div_ceil(8) as usize)
    }

    /// Usage of the outermost collection around a field.
    pub fn application(&self, field: &Field) -> Usage {
        let mut at = field.collection;
        let mut usage = 0;
        while let Some(collection) = at.and_then(|index| self.collections.get(index)) {
            usage = collection.usage;
            at = collection.parent;
        }
        usage
    }
}

/// What goes on for all items behind it (§6.2.2.7).
#[derive(Debug, Clone, Copy, Default)]
struct Global {
    page: u32,
    logical_min: i32,
    size: u32,
    count: u32,
    report: u8,
}

/// What is said of the next main item alone (§6.2.2.8).
#[derive(Debug, Default)]
struct Local {
    usages: Vec<(Usage, Usage)>,
    minimum: Option<Usage>,
    maximum: Option<Usage>,
    /// In a set of delimiters: whether its first usage came.
    delimited: Option<bool>,
}

#[derive(Debug, Default)]
struct Parser {
    done: Descriptor,
    open: Vec<usize>,
    global: Global,
    pushed: Vec<Global>,
    local: Local,
}

impl Parser {
    fn item(&mut self, item: Item) -> Result<(), DescriptorError> {
        match item.kind {
            0 => self.main(item),
            1 => self.global(item),
            2 => self.local(item),
            _ => Ok(()), // reserved
        }
    }

    fn main(&mut self, item: Item) -> Result<(), DescriptorError> {
        match item.tag {
            0x8 => self.field(Kind::Input, item)?,
            0x9 => self.field(Kind::Output, item)?,
            0xB => self.field(Kind::Feature, item)?,
            0xA => self.collection(item)?,
            0xC => {
                self.open.pop().ok_or(DescriptorError::NotBegun { at: item.at })?;
            }
            _ => {}
        }
        self.local = Local::default();
        Ok(())
    }

    fn collection(&mut self, item: Item) -> Result<(), DescriptorError> {
        if self.open.len() >= MAX_DEPTH || self.done.collections.len() >= MAX_FIELDS {
            return Err(DescriptorError::TooMuch { at: item.at });
        }
        let usage = self.local.usages.first().map_or(0, |(first, _)| *first);
        let parent = self.open.last().copied();
        self.open.push(self.done.collections.len());
        self.done.collections.push(Collection { usage, kind: item.unsigned() as u8, parent });
        Ok(())
    }

    fn field(&mut self, kind: Kind, item: Item) -> Result<(), DescriptorError> {
        let Global { size, count, report, logical_min, .. } = self.global;
        let length = self.done.lengths.entry((kind, report)).or_default();
        let offset = *length;
        let end = size.checked_mul(count).and_then(|bits| bits.checked_add(offset));
        let end = end.filter(|end| *end <= MAX_REPORT_BITS).ok_or(DescriptorError::TooMuch { at: item.at })?;
        *length = end;
        let flags = item.unsigned();
        if flags & 1 != 0 || size == 0 || count == 0 {
            return Ok(()); // padding
        }
        if self.done.fields.len() >= MAX_FIELDS {
            return Err(DescriptorError::TooMuch { at: item.at });
        }
        let usages = std::mem::take(&mut self.local.usages);
        let collection = self.open.last().copied();
        self.done.fields.push(Field { kind, report, offset, size, count, flags, logical_min, usages, collection });
        Ok(())
    }

    fn global(&mut self, item: Item) -> Result<(), DescriptorError> {
        let at = item.at;
        match item.tag {
            0x0 => self.global.page = item.unsigned() & 0xFFFF,
            0x1 => self.global.logical_min = item.signed(),
            0x7 => self.global.size = item.unsigned(),
            0x8 => match u8::try_from(item.unsigned()) {
                Ok(report) if report != 0 => self.global.report = report,
                _ => return Err(DescriptorError::ReportId { at }),
            },
            0x9 => self.global.count = item.unsigned(),
            0xA if self.pushed.len() >= MAX_PUSHED => return Err(DescriptorError::TooMuch { at }),
            0xA => self.pushed.push(self.global),
            0xB => self.global = self.pushed.pop().ok_or(DescriptorError::NotBegun { at })?,
            _ => {} // largest value, physical values and units: buttons have none
        }
        Ok(())
    }

    fn local(&mut self, item: Item) -> Result<(), DescriptorError> {
        match item.tag {
            0x0 => {
                let usage = self.complete(item);
                self.usage(usage, usage, item.at)
            }
            0x1 => {
                self.local.minimum = Some(self.complete(item));
                self.range(item.at)
            }
            0x2 => {
                self.local.maximum = Some(self.complete(item));
                self.range(item.at)
            }
            0xA => self.delimiter(item),
            _ => Ok(()), // designators and strings
        }
    }

    /// §6.2.2.8 joins a short usage with the page that stands last before the main item. Headsets are built against Windows, which takes the
    /// page that stands at the usage: Jabra BIZ 2400 II and Yealink WH66 name Programmable Button, then the page Button, then the input.
    fn complete(&self, item: Item) -> Usage {
        let value = item.unsigned();
        if item.size > 2 { value } else { self.global.page << 16 | value }
    }

    fn range(&mut self, at: usize) -> Result<(), DescriptorError> {
        let (Some(first), Some(last)) = (self.local.minimum, self.local.maximum) else { return Ok(()) };
        (self.local.minimum, self.local.maximum) = (None, None);
        // Backwards, or over two pages: means nothing, and says nothing.
        if first <= last && first >> 16 == last >> 16 { self.usage(first, last, at) } else { Ok(()) }
    }

    fn usage(&mut self, first: Usage, last: Usage, at: usize) -> Result<(), DescriptorError> {
        match &mut self.local.delimited {
            // Alternatives: the first is the one that is meant before the others (§6.2.2.8).
            Some(true) => return Ok(()),
            Some(begun) => *begun = true,
            None => {}
        }
        if self.local.usages.len() >= MAX_USAGES {
            return Err(DescriptorError::TooMuch { at });
        }
        self.local.usages.push((first, last));
        Ok(())
    }

    fn delimiter(&mut self, item: Item) -> Result<(), DescriptorError> {
        let opens = item.unsigned() == 1;
        if opens == self.local.delimited.is_some() {
            return Err(DescriptorError::NotBegun { at: item.at }); // sets do not nest
        }
        self.local.delimited = opens.then_some(false);
        Ok(())
    }
}
