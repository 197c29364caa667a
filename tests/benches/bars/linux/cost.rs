//! What a process and its children cost: processor time and memory, as Linux counts them.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

/// A process and all its descendants.
pub fn tree(root: u32) -> Vec<u32> {
    let parents: Vec<(u32, u32)> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let id: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
            Some((id, fields(id).ok()?.get(1)?.parse().ok()?))
        })
        .collect();
    let mut found = vec![root];
    let mut next = 0;
    while let Some(parent) = found.get(next).copied() {
        found.extend(parents.iter().filter(|(_, of)| *of == parent).map(|(id, _)| *id));
        next += 1;
    }
    found
}

/// Processor time of these processes so far, user and system.
pub fn processor(processes: &[u32]) -> Result<Duration> {
    let mut ticks = 0;
    for process in processes {
        let fields = fields(*process)?;
        for place in [11, 12] {
            ticks +=
                fields.get(place).and_then(|field| field.parse::<u64>().ok()).context("stat is as proc(5) says")?;
        }
    }
    // proc(5): in clock ticks, which are 1/100 s on every Linux.
    Ok(Duration::from_millis(ticks * 10))
}

/// Proportional set size of these processes, MB.
pub fn memory_mb(processes: &[u32]) -> Result<f64> {
    let mut kilobytes = 0;
    for process in processes {
        let rollup = fs::read_to_string(format!("/proc/{process}/smaps_rollup"))?;
        let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:")).context("a Pss line")?;
        kilobytes += line.trim().trim_end_matches(" kB").parse::<u64>()?;
    }
    Ok(kilobytes as f64 / 1000.0)
}

/// The fields of `/proc/ID/stat` behind the name: state, parent …
fn fields(process: u32) -> Result<Vec<String>> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    let (_, rest) = stat.rsplit_once(") ").context("stat is as proc(5) says")?;
    Ok(rest.split(' ').map(str::to_owned).collect())
}
