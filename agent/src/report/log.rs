//! The end of the log.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::clean::Cleaner;

/// So much of the end of the log is read.
pub const LOG_MAX: usize = 96 << 10;

/// The last lines of these files, the oldest first, cleaned; and how many were left out for what they may say.
pub fn tail(files: &[PathBuf], cleaner: &Cleaner) -> (Vec<String>, usize) {
    let mut left = LOG_MAX;
    let mut parts = Vec::new();
    for file in files.iter().rev() {
        // A file that is not there, or cannot be read, has nothing to say.
        let text = end_of(file, left).unwrap_or_default();
        left -= text.len().min(left);
        parts.push(text);
    }
    let lines: Vec<&str> = parts.iter().rev().flat_map(|part| part.lines()).collect();
    let kept: Vec<String> = lines.iter().filter_map(|line| cleaner.line(line)).collect();
    let left_out = lines.len() - kept.len();
    (kept, left_out)
}

/// At most `most` bytes of the end, from the beginning of a line on.
fn end_of(file: &Path, most: usize) -> std::io::Result<String> {
    let mut file = File::open(file)?;
    let whole = file.seek(SeekFrom::End(0))?;
    let from = whole.saturating_sub(most as u64);
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(most as u64).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    if from == 0 {
        return Ok(text);
    }
    Ok(text.split_once('\n').map(|(_, lines)| lines.to_owned()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_long_log_is_whole_lines_and_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (folder.path().join("old.log"), folder.path().join("new.log"));
        let line = |n: usize| format!("2026-11-22T17:40:00.123456Z  INFO agent::desk: step {n} is done\n");
        std::fs::write(&old, (0..9000).map(line).collect::<String>()).unwrap();
        std::fs::write(&new, (9000..9003).map(line).collect::<String>()).unwrap();
        let files = [old, new, folder.path().join("none.log")];
        let (lines, left_out) = tail(&files, &Cleaner::default());
        assert_eq!(left_out, 0);
        assert!(lines.iter().map(String::len).sum::<usize>() <= LOG_MAX && lines.len() > 1000, "{}", lines.len());
        assert!(lines.iter().all(|line| line.starts_with("2026-") && line.ends_with(" is done")));
        assert!(lines.last().unwrap().ends_with("step 9002 is done"));
    }
}
