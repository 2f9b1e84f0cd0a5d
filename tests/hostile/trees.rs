//! Directories made to do harm.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;

use mosaic::model::digest::Digest;
use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::hostile::Hostile;
use crate::support::write;

fn put(bundle: &Path, path: impl AsRef<OsStr>) {
    write(&bundle.join(path.as_ref()), b"x", 0o644);
}

fn fifo(path: &Path) {
    mknodat(CWD, path, FileType::Fifo, Mode::RUSR, 0).expect("a fifo");
}

/// Writes the list of hashes as it is right, except for what `spoil` does to it.
fn list(bundle: &Path, spoil: impl Fn(String) -> String) {
    let line = |path: &str| {
        let content = fs::read(bundle.join(path)).expect("readable");
        format!("{} 644 {} {path}\n", Digest::of(&content), content.len())
    };
    let lines = ["anchor/1", "anchor/2", "bundle.toml", "mine"]
        .map(line)
        .concat();
    write(
        &bundle.join("bundle.sha256"),
        spoil(format!("mosaic-bundle 1\n{lines}")).as_bytes(),
        0o644,
    );
}

type Case = (Hostile, fn(&Path));

const fn case(name: &'static str, says: &'static [&'static str], spoil: fn(&Path)) -> Case {
    (Hostile { name, says }, spoil)
}

#[rustfmt::skip]
pub const CASES: &[Case] = &[
    case("link to a file", &["link", "symbolic link"], |b| symlink("anchor/1", b.join("link")).unwrap()),
    case("link to a directory", &["linked", "symbolic link"], |b| symlink("anchor", b.join("linked")).unwrap()),
    case("link that leads out", &["out", "symbolic link"], |b| symlink("/etc/passwd", b.join("out")).unwrap()),
    case("link to nowhere", &["dangling", "symbolic link"], |b| symlink("nowhere", b.join("dangling")).unwrap()),
    case("link to itself", &["loop", "symbolic link"], |b| symlink("loop", b.join("loop")).unwrap()),
    case("fifo", &["pipe", "fifo"], |b| fifo(&b.join("pipe"))),
    case("socket", &["sock", "socket"], |b| drop(UnixListener::bind(b.join("sock")).unwrap())),
    case("name with a line break", &["line\\nbreak", "control character"], |b| put(b, "line\nbreak")),
    case("name that speaks to the terminal", &["control character"], |b| put(b, "esc\u{1b}[31m")),
    case("directory that speaks to the terminal", &["control character"], |b| put(b, "esc\u{1b}[31m/x")),
    case("name that is not UTF-8", &["caf", "UTF-8"], |b| put(b, OsStr::from_bytes(b"caf\xe9"))),
    case("directory that is not UTF-8", &["caf", "UTF-8"], |b| put(b, OsStr::from_bytes(b"caf\xe9/x"))),
    case("files equal but for case", &["guides/A.md", "guides/a.md", "case"], |b| ["guides/A.md", "guides/a.md"].iter().for_each(|p| put(b, p))),
    case("directories equal but for case", &["Guides", "guides", "case"], |b| ["Guides/x", "guides/y"].iter().for_each(|p| put(b, p))),
    case("names equal but for case beyond ASCII", &["Ä", "ä", "case"], |b| ["Ä", "ä"].iter().for_each(|p| put(b, p))),
    case("long name", &["nnnn", "240"], |b| put(b, "n".repeat(250))),
    case("long path", &["dddd", "1024"], |b| put(b, vec!["d".repeat(200); 6].join("/"))),
    case("state", &[".mosaic/record"], |b| put(b, ".mosaic/record")),
    case("state in other case", &[".MOSAIC/record"], |b| put(b, ".MOSAIC/record")),
    case("state further down", &["sub/.mosaic/record"], |b| put(b, "sub/.mosaic/record")),
    case("operator's list", &[".mosaicpreserve"], |b| put(b, ".mosaicpreserve")),
    case("version of old homes", &[".framework-version"], |b| put(b, ".framework-version")),
    case("preserved by itself", &["fleet/mine.yaml", "fleet/*.yaml", "bundle.toml:3"], |b| put(b, "fleet/mine.yaml")),
    case("preserved directory", &["memory/a/b", "memory"], |b| put(b, "memory/a/b")),
    case("second bundle.toml in other case", &["Bundle.toml"], |b| put(b, "Bundle.toml")),
    case("no bundle.toml", &["bundle.toml"], |b| fs::remove_file(b.join("bundle.toml")).unwrap()),
    case("bundle.toml is a link", &["bundle.toml"], |b| { fs::rename(b.join("bundle.toml"), b.join("x")).unwrap(); symlink("x", b.join("bundle.toml")).unwrap() }),
    case("bundle.toml is a fifo", &["bundle.toml"], |b| { fs::remove_file(b.join("bundle.toml")).unwrap(); fifo(&b.join("bundle.toml")) }),
    case("bundle.toml is a directory", &["bundle.toml"], |b| { fs::remove_file(b.join("bundle.toml")).unwrap(); put(b, "bundle.toml/x") }),
    case("bundle.toml is not UTF-8", &["bundle.toml", "UTF-8"], |b| fs::write(b.join("bundle.toml"), b"\xff").unwrap()),
    case("bundle.toml is not TOML", &["bundle.toml:1"], |b| fs::write(b.join("bundle.toml"), b"name").unwrap()),
    case("unit glob that is none", &["bundle.toml:3"], |b| fs::write(b.join("bundle.toml"), "name = \"mosaic\"\nversion = \"1.1.0\"\nunits = [\"[z\"]\n").unwrap()),
    case("file edited beside its list", &["\"mine\" has 4 bytes", "says 2"], |b| { list(b, |list| list); fs::write(b.join("mine"), "edit").unwrap() }),
    case("file exchanged beside its list", &["mine", "does not match"], |b| { list(b, |list| list); fs::write(b.join("mine"), "N\n").unwrap() }),
    case("file added beside the list", &["added", "not listed"], |b| { list(b, |list| list); put(b, "added") }),
    case("file removed beside the list", &["mine", "not there"], |b| { list(b, |list| list); fs::remove_file(b.join("mine")).unwrap() }),
    case("bits changed beside the list", &["mine", "0755"], |b| { list(b, |list| list); fs::set_permissions(b.join("mine"), fs::Permissions::from_mode(0o755)).unwrap() }),
    case("bundle.toml edited beside the list", &["bundle.toml"], |b| { list(b, |list| list); fs::write(b.join("bundle.toml"), "name = \"mosaic\"\nversion = \"1.2.0\"\n").unwrap() }),
    case("list that is cut short", &["bundle.sha256", "cut short"], |b| list(b, |list| list[..list.len() - 3].to_owned())),
    case("list of a later format", &["bundle.sha256, line 1"], |b| list(b, |list| list.replacen('1', "2", 1))),
    case("list with a path that leads out", &["../mine", "`..`"], |b| list(b, |list| list.replace(" mine", " ../mine"))),
    case("list past its bound", &["bundle.sha256 is larger than 64 MiB"], |b| fs::File::create(b.join("bundle.sha256")).unwrap().set_len(65 << 20).unwrap()),
    case("list that is a fifo", &["bundle.sha256"], |b| fifo(&b.join("bundle.sha256"))),
    case("list that is a link", &["bundle.sha256"], |b| symlink("mine", b.join("bundle.sha256")).unwrap()),
];
