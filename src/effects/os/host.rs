//! The one door to the process and its surroundings: environment, clock, signals, identity.

#![expect(
    clippy::disallowed_methods,
    reason = "this is the door that the lint points at"
)]

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rustix::time::{ClockId, clock_gettime};
use semver::Version;

use crate::decide::home::stamps::Moment;
use crate::model::digest::Digest;
use crate::model::ignore::Ignore;

/// An environment variable that is set and not empty.
pub(crate) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// An environment variable that is set, be it to nothing.
pub(crate) fn given(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// All environment variables that are text.
pub(crate) fn variables() -> Vec<(String, String)> {
    let texts = |(name, value): (OsString, OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    std::env::vars_os().filter_map(texts).collect()
}

/// The directory that relative paths are below.
pub(crate) fn working_directory() -> std::io::Result<PathBuf> {
    std::env::current_dir()
}

/// Tells whether the user's locale has all characters. A locale that is not named is taken for one
/// that has: that is the default wherever terminals are not decades old.
pub(crate) fn writes_utf8() -> bool {
    let named = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(variable);
    named.is_none_or(|locale| {
        let locale = locale.to_string_lossy().to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

/// The arguments of this process.
pub(crate) fn arguments() -> impl Iterator<Item = OsString> {
    std::env::args_os()
}

/// The user's home directory, by `$HOME`.
pub(crate) fn user_home() -> Option<PathBuf> {
    variable("HOME").map(PathBuf::from)
}

/// The time now.
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// Seconds and nanoseconds of the clock that file systems stamp changes with.
pub(crate) fn file_clock() -> Moment {
    let now = clock_gettime(ClockId::RealtimeCoarse);
    (now.tv_sec, u32::try_from(now.tv_nsec).unwrap_or_default())
}

/// The effective user id.
pub(crate) fn effective_uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Name of this host, without its domain; `localhost` where that cannot be told.
pub(crate) fn host_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let short = name.trim().split('.').next().unwrap_or_default();
    if short.is_empty() { "localhost" } else { short }.to_owned()
}

/// An id of this host that its machine id is not told by: machine-id(5) asks for that. `None` where it has none.
pub(crate) fn host_id() -> Option<String> {
    const DIGITS: usize = 32;
    let machine = std::fs::read_to_string("/etc/machine-id").ok()?;
    let machine = machine.trim();
    let digest = Digest::of(format!("mosaic host {machine}").as_bytes()).to_string();
    (!machine.is_empty()).then(|| digest[..DIGITS].to_owned())
}

/// This process's id.
pub(crate) fn pid() -> u32 {
    std::process::id()
}

/// The id of the process that runs this one.
pub(crate) fn parent_pid() -> u32 {
    std::os::unix::process::parent_id()
}

/// The process's umask, read without changing it; 022 where the kernel does not tell.
pub(crate) fn umask() -> u32 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("Umask:"));
    line.and_then(|octal| u32::from_str_radix(octal.trim(), 8).ok())
        .unwrap_or(0o022)
}

/// Gives this process and all that it starts this umask.
pub(crate) fn set_umask(mask: u32) {
    rustix::process::umask(rustix::fs::Mode::from_bits_retain(mask));
}

/// Directory of temporary files.
pub(crate) fn temporary_folder() -> PathBuf {
    std::env::temp_dir()
}

/// The file of this very program.
pub(crate) fn own_program() -> std::io::Result<PathBuf> {
    std::env::current_exe()
}

/// Number of processors that this process may use. To tell it, each folder of a control group is read.
pub(crate) fn processors() -> usize {
    static PROCESSORS: OnceLock<usize> = OnceLock::new();
    *PROCESSORS.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from))
}

/// Number of threads to work with: `MOSAIC_THREADS`, else one a processor, four at most.
pub(crate) fn threads() -> usize {
    let wanted = variable("MOSAIC_THREADS").and_then(|text| text.to_str()?.parse().ok());
    wanted.unwrap_or_else(|| processors().min(4)).max(1)
}

/// The version of this program.
pub(crate) fn program_version() -> Version {
    // Cargo only accepts a semantic version for a package.
    Version::parse(env!("CARGO_PKG_VERSION")).unwrap_or_else(|_| Version::new(0, 0, 0))
}

/// Sends this process a signal: a kill ends it at once, with nothing cleaned up.
pub(crate) fn signal_self(signal: rustix::process::Signal) {
    rustix::process::kill_process(rustix::process::getpid(), signal)
        .ignore("it cannot fail for a process of one's own; a test that asks for it would notice");
}

/// The user's wish to stop: SIGINT, SIGTERM or SIGHUP since the program began to listen.
#[derive(Debug, Clone, Default)]
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Begins to listen to those signals.
    pub(crate) fn listen() -> std::io::Result<Self> {
        let flag = Arc::new(AtomicBool::new(false));
        for signal in [
            signal_hook::consts::SIGINT,
            signal_hook::consts::SIGTERM,
            signal_hook::consts::SIGHUP,
        ] {
            signal_hook::flag::register(signal, Arc::clone(&flag))?;
        }
        // A file size limit is to fail a write, which is undone, rather than to kill the program.
        signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::default())?;
        Ok(Self(flag))
    }

    /// Tells whether the user asked to stop.
    pub(crate) fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Waits for a time, or until the user asks to stop: tells whether he did.
    pub(crate) fn wait(&self, time: Duration) -> bool {
        const LOOK_EACH: Duration = Duration::from_millis(50);
        let until = Instant::now() + time;
        while !self.is_asked() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            std::thread::sleep(left.min(LOOK_EACH));
        }
        true
    }
}

/// The signals that concern who holds a terminal: to stop, to go on, and of another size, which only ends a wait.
#[derive(Debug)]
pub(crate) struct ScreenSignals {
    stop: Arc<AtomicBool>,
    gone_on: Arc<AtomicBool>,
    is_unheard: Arc<AtomicBool>,
}

impl ScreenSignals {
    /// Begins to listen to those signals.
    pub(crate) fn listen() -> std::io::Result<Self> {
        let [stop, gone_on, is_unheard] = <[Arc<AtomicBool>; 3]>::default();
        let stops = signal_hook::consts::SIGTSTP;
        signal_hook::flag::register_conditional_default(stops, Arc::clone(&is_unheard))?;
        signal_hook::flag::register(stops, Arc::clone(&stop))?;
        signal_hook::flag::register(signal_hook::consts::SIGCONT, Arc::clone(&gone_on))?;
        signal_hook::flag::register(signal_hook::consts::SIGWINCH, Arc::default())?;
        Ok(Self {
            stop,
            gone_on,
            is_unheard,
        })
    }

    /// Tells whether this process was told to stop since this was asked last.
    pub(crate) fn is_told_to_stop(&self) -> bool {
        self.stop.swap(false, Ordering::Relaxed)
    }

    /// Tells whether this process goes on after a stop since this was asked last.
    pub(crate) fn has_gone_on(&self) -> bool {
        self.gone_on.swap(false, Ordering::Relaxed)
    }

    /// Stops this process until it is told to go on.
    pub(crate) fn stop() {
        signal_self(rustix::process::Signal::STOP);
    }

    /// Does something meanwhile, during which these signals do what they do to any process.
    pub(crate) fn unheard<T>(&self, work: impl FnOnce() -> T) -> T {
        self.is_unheard.store(true, Ordering::Relaxed);
        let done = work();
        self.is_unheard.store(false, Ordering::Relaxed);
        self.stop.store(false, Ordering::Relaxed);
        self.gone_on.store(false, Ordering::Relaxed);
        done
    }
}
