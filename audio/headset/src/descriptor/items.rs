//! Items of a descriptor, one behind the other (HID 1.11 §6.2.2.2 and §6.2.2.3).

use super::DescriptorError;

/// One item with its data.
#[derive(Debug, Clone, Copy)]
pub struct Item {
    /// Offset in bytes.
    pub at: usize,
    /// 0 main, 1 global, 2 local, 3 reserved.
    pub kind: u8,
    /// Tag, four bits.
    pub tag: u8,
    /// Bytes of data: 0, 1, 2 or 4.
    pub size: usize,
    data: [u8; 4],
}

impl Item {
    /// Data without sign.
    pub fn unsigned(self) -> u32 {
        u32::from_le_bytes(self.data)
    }

    /// Data whose highest bit is the sign.
    pub fn signed(self) -> i32 {
        let [a, b, ..] = self.data;
        match self.size {
            1 => i32::from(a as i8),
            2 => i32::from(i16::from_le_bytes([a, b])),
            _ => i32::from_le_bytes(self.data),
        }
    }
}

/// Items in order; ends behind the first error.
pub struct Items<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Items<'a> {
    pub fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    fn cut(&mut self) -> Option<Result<Item, DescriptorError>> {
        let at = std::mem::replace(&mut self.at, self.bytes.len());
        Some(Err(DescriptorError::CutShort { at }))
    }
}

impl Iterator for Items<'_> {
    type Item = Result<Item, DescriptorError>;

    fn next(&mut self) -> Option<Self::Item> {
        const LONG: u8 = 0xFE; // §6.2.2.3: size and tag follow; none is defined
        loop {
            let (at, prefix) = (self.at, *self.bytes.get(self.at)?);
            if prefix == LONG {
                let Some(size) = self.bytes.get(at + 1) else { return self.cut() };
                let next = at + 3 + usize::from(*size);
                if next > self.bytes.len() {
                    return self.cut();
                }
                self.at = next;
                continue;
            }
            let size = [0, 1, 2, 4][usize::from(prefix & 3)];
            let Some(bytes) = self.bytes.get(at + 1..at + 1 + size) else { return self.cut() };
            let mut data = [0; 4];
            data[..size].copy_from_slice(bytes);
            self.at = at + 1 + size;
            return Some(Ok(Item { at, kind: prefix >> 2 & 3, tag: prefix >> 4, size, data }));
        }
    }
}
