//! What was measured on.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::draw;

/// Processors, kernel, file system, what else ran, and the seed that orders were drawn with.
pub fn describe(scratch: &Path) -> String {
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpuinfo
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown processor", |(_, model)| model.trim());
    let cpus = std::thread::available_parallelism().map_or(1, usize::from);
    let output = Command::new("findmnt")
        .args(["-n", "-o", "FSTYPE", "-T"])
        .arg(scratch)
        .output();
    let filesystem = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let filesystem = filesystem.unwrap_or_default();
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    let (kernel, seed) = (kernel.trim(), draw::seed());
    format!(
        "{cpus} x {model}, Linux {kernel}, {filesystem}; load before it {load}; BENCH_SEED={seed}"
    )
}
