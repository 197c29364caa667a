//! Contacts and history as files for spreadsheets: CSV in (RFC 4180, `,` `;` or tab), CSV out; contacts also from vCard.
//!
//! Cells that a spreadsheet would run as a formula are written with a leading `'`, and read back without it.

mod columns;
pub mod contacts;
pub mod csv;
pub mod duplicates;
pub mod history;
pub mod vcard;

#[cfg(test)]
mod tests;

/// The text of a cell that no spreadsheet takes for a formula: a number in E.164 stays as it is, every other text that
/// begins with `=`, `+`, `-`, `@`, tab or carriage return gets a `'` before it.
pub fn guarded(cell: &str) -> String {
    let e164 = cell
        .strip_prefix('+')
        .is_some_and(|digits| (5..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()));
    // A spreadsheet trims before it looks, and also takes the wide forms of the signs.
    let first = cell.trim_start_matches([' ', '\u{a0}', '\u{feff}']).chars().next();
    let formula = matches!(first, Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠'));
    if formula && !e164 { format!("'{cell}") } else { cell.to_owned() }
}

/// The text of a cell as it was before [`guarded`].
pub fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if guarded(rest) == cell => rest,
        _ => cell,
    }
}
