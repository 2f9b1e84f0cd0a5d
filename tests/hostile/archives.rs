//! Archives made to do harm.

use crate::hostile::Hostile;
use crate::hostile::forge::{
    Entry, Forge, Item, MANIFEST, frame, frame_looking_back, honest, item, items, list, pax,
};

/// Honest, with one file more.
fn with(more: &[Item]) -> Vec<u8> {
    let mut items = [items(), more.to_vec()].concat();
    items.sort_by(|one, other| one.path.cmp(&other.path));
    Forge::of(MANIFEST, &items).bytes()
}

fn with_path(path: impl AsRef<[u8]>) -> Vec<u8> {
    with(&[item(path, "x")])
}

/// Honest, with another list of hashes.
fn listing(spoil: impl Fn(String) -> String) -> Vec<u8> {
    let list = String::from_utf8(list(MANIFEST, &items())).expect("text");
    Forge::listing(MANIFEST, &items(), spoil(list).as_bytes()).bytes()
}

/// Honest, with a spoiled guide.
fn guide(spoil: impl FnOnce(&mut Entry)) -> Vec<u8> {
    honest().spoil("guides/a.md", spoil).bytes()
}

fn entry(path: &str) -> Entry {
    Entry::of(&item(path, "x"))
}

fn cut(keep: impl Fn(usize) -> usize) -> Vec<u8> {
    let mut bytes = honest().bytes();
    bytes.truncate(keep(bytes.len()));
    bytes
}

fn followed_by(more: &[u8]) -> Vec<u8> {
    [honest().bytes(), more.to_vec()].concat()
}

fn edit(change: impl FnOnce(&mut Forge)) -> Vec<u8> {
    let mut forge = honest();
    change(&mut forge);
    forge.bytes()
}

fn manifest(text: &[u8]) -> Vec<u8> {
    Forge::of(text, &items()).bytes()
}

/// The frames of an honest one, framed otherwise.
fn framed(join: impl Fn(&[u8], &[u8]) -> Vec<u8>) -> Vec<u8> {
    let (index, rest) = honest().tars();
    join(&index, &rest)
}

fn flipped() -> Vec<u8> {
    let (index, rest) = honest().tars();
    let first = frame(&index).len();
    let mut bytes = [frame(&index), frame(&rest)].concat();
    let middle = first + (bytes.len() - first) / 2;
    bytes[middle] ^= 0x10;
    bytes
}

fn deep() -> String {
    ["d".repeat(200), "e".repeat(200), "f".repeat(30)].join("/")
}

/// The record of a long path names another one than the list.
fn other_record() -> Vec<u8> {
    let items = [vec![item(deep(), "x")], items()].concat();
    let mut sorted = items;
    sorted.sort_by(|one, other| one.path.cmp(&other.path));
    let mut forge = Forge::of(MANIFEST, &sorted);
    let long = forge
        .rest
        .iter_mut()
        .find(|entry| entry.head.len() > 512)
        .expect("a long one");
    let at = long
        .head
        .windows(3)
        .position(|bytes| bytes == b"/ee")
        .expect("the record");
    long.head[at + 1] = b'E';
    forge.bytes()
}

/// Listed, and in the tar, with so many bytes of zeros.
fn bomb(length: usize) -> Vec<u8> {
    with(&[item("zeros", vec![0; length])])
}

fn index_bomb() -> Vec<u8> {
    [frame(&vec![0; 65 << 20]), frame(&[0; 1024])].concat()
}

/// A frame with many blocks of no bytes before the one that counts (RFC 8878, 3.1.1).
fn hollow(tar: &[u8]) -> Vec<u8> {
    let last = 1 | (tar.len() as u32) << 3;
    [
        &b"\x28\xb5\x2f\xfd\0\x50"[..],
        &[0; 30_000],
        &last.to_le_bytes()[..3],
        tar,
    ]
    .concat()
}

fn listed_size(size: &str) -> Vec<u8> {
    listing(|list| list.replace(" 6 guides/a.md", &format!(" {size} guides/a.md")))
}

fn huge_list() -> Vec<u8> {
    let line = |number: usize| format!("{} 644 268435456 huge/{number:03}\n", "0".repeat(64));
    let huge: String = (0..20).map(line).collect();
    listing(|list| list.replacen(" 6 guides/a.md\n", &format!(" 6 guides/a.md\n{huge}"), 1))
}

type Case = (Hostile, fn() -> Vec<u8>);

const fn case(name: &'static str, says: &'static [&'static str], forge: fn() -> Vec<u8>) -> Case {
    (Hostile { name, says }, forge)
}

#[rustfmt::skip]
pub const CASES: &[Case] = &[
    // Not whole, or more than whole.
    case("empty file", &["neither a directory nor a zstd archive"], Vec::new),
    case("text", &["neither a directory nor a zstd archive"], || b"name = \"mosaic\"\n".to_vec()),
    case("tar that is not compressed", &["neither a directory nor a zstd archive"], || { let (index, rest) = honest().tars(); [index, rest].concat() }),
    case("gzip", &["neither a directory nor a zstd archive"], || [b"\x1f\x8b\x08\0".to_vec(), vec![0; 40]].concat()),
    case("only a magic number", &["ends in the middle of \"bundle.toml\""], || cut(|_| 4)),
    case("cut in the first frame", &["ends in the middle of"], || cut(|_| 200)),
    case("cut after the first frame", &["ends in the middle of \"anchor/1\""], || { let (index, _) = honest().tars(); frame(&index) }),
    case("cut in the contents", &["ends in the middle of"], || cut(|length| length - 60)),
    case("cut by one byte", &["ends in the middle of"], || cut(|length| length - 1)),
    case("tar cut before its end", &["frames are not cut", "\"mine\""], || edit(|f| { f.end.clear(); f.rest.truncate(3) })),
    case("tar with half an end", &["frames are not cut", "the end of the tar"], || edit(|f| f.end.truncate(512))),
    case("one byte more", &["follows the end"], || followed_by(b"x")),
    case("zeros more", &["follows the end"], || followed_by(&[0; 512])),
    case("one more block in the tar", &["frames are not cut"], || edit(|f| f.end.extend([0; 512]))),
    case("a second archive", &["follows the end"], || followed_by(&honest().bytes())),
    case("a frame to be skipped at the end", &["follows the end"], || followed_by(b"\x50\x2a\x4d\x18\x04\0\0\0evil")),
    case("a frame to be skipped at the start", &["neither a directory nor a zstd archive"], || [b"\x50\x2a\x4d\x18\x04\0\0\0evil".to_vec(), honest().bytes()].concat()),
    case("a frame to be skipped between", &["\"anchor/1\"", "no zstd frame"], || framed(|index, rest| [frame(index), b"\x50\x2a\x4d\x18\0\0\0\0".to_vec(), frame(rest)].concat())),
    case("an empty frame between", &["frames are not cut", "anchor/1"], || framed(|index, rest| [frame(index), frame(b""), frame(rest)].concat())),
    case("an entry after the end", &["frames are not cut"], || edit(|f| f.end.extend(&entry("late").head))),
    case("a bit flipped in the compressed bytes", &["bad.tar.zst is refused"], flipped),

    // The shape of the first frame.
    case("all in one frame", &["\"anchor/1\"", "first frame"], || framed(|index, rest| frame(&[index, rest].concat()))),
    case("a file in the first frame", &["anchor/1", "first frame"], || edit(|f| { let e = f.rest.remove(0); f.index.push(e) })),
    case("the list in the second frame", &["middle of \"bundle.sha256\""], || edit(|f| { let e = f.index.remove(1); f.rest.insert(0, e) })),
    case("frames cut otherwise", &["frames are not cut", "guides/a.md"], || framed(|index, rest| [frame(index), frame(&rest[..2048]), frame(&rest[2048..])].concat())),
    case("bundle.toml is not first", &["bundle.sha256", "bundle.toml"], || edit(|f| f.index.reverse())),
    case("something else is first", &["\"evil\" stands where bundle.toml belongs"], || edit(|f| f.index.insert(0, entry("evil")))),
    case("no bundle.toml", &["bundle.sha256", "bundle.toml"], || edit(|f| drop(f.index.remove(0)))),
    case("no list of hashes", &["middle of \"bundle.sha256\""], || edit(|f| f.index.truncate(1))),
    case("second bundle.toml in the first frame", &["\"bundle.toml\" comes twice"], || edit(|f| f.index.push(Entry::of(&item("bundle.toml", MANIFEST))))),
    case("second bundle.toml further on", &["\"bundle.toml\" comes twice"], || edit(|f| f.rest.insert(2, Entry::of(&item("bundle.toml", MANIFEST))))),
    case("second bundle.toml in other case", &["Bundle.toml is not a bundle's"], || with_path("Bundle.toml")),
    case("second list of hashes", &["bundle.sha256 is not a bundle's"], || with_path("bundle.sha256")),
    case("bundle.toml is executable", &["bundle.toml"], || honest().spoil("bundle.toml", |e| e.put(100, b"0000755\0")).bytes()),
    case("bundle.toml is a link", &["\"bundle.toml\" is a symbolic link"], || honest().spoil("bundle.toml", |e| e.become_kind(b'2', "/etc/passwd")).bytes()),
    case("bundle.toml is another than listed", &["\"bundle.toml\" does not match"], || honest().spoil("bundle.toml", |e| e.body[8] = b'n').bytes()),
    case("bundle.toml is not UTF-8", &["bundle.toml is not UTF-8"], || manifest(b"\xff")),
    case("bundle.toml is not TOML", &["bundle.toml:2"], || manifest(b"name = \"mosaic\"\nversion = \n")),
    case("bundle.toml with an unknown key", &["bundle.toml:3:1", "preserved"], || manifest(b"name = \"mosaic\"\nversion = \"1.1.0\"\npreserved = []\n")),

    // Names.
    case("name that leads up", &["\"../evil\"", "`..`"], || with_path("../evil")),
    case("name that leads up further down", &["\"guides/../../evil\"", "`..`"], || with_path("guides/../../evil")),
    case("name with a dot", &["\"./evil\"", "`.`"], || with_path("./evil")),
    case("absolute name", &["\"/tmp/evil\" is absolute"], || with_path("/tmp/evil")),
    case("name with an empty part", &["\"guides//evil\"", "empty"], || with_path("guides//evil")),
    case("name that ends in a slash", &["\"evil/\"", "empty"], || with_path("evil/")),
    case("absolute name in the tar only", &["\"/etc/evil.md\" is absolute"], || guide(|e| e.put(0, b"/etc/evil.md\0"))),
    case("name that leads up in the tar only", &["\"../evil.md\"", "`..`"], || guide(|e| e.put(0, b"../evil.md\0"))),
    case("prefix that leads up", &["\"../guides/a.md\"", "`..`"], || guide(|e| e.put(345, b".."))),
    case("name that is not UTF-8", &["caf", "UTF-8"], || with_path(b"caf\xe9")),
    case("name that speaks to the terminal", &["\\u{1b}[31m", "control character"], || with_path("esc\u{1b}[31m")),
    case("name with a C1 control", &["\\u{9b}", "control character"], || with_path("esc\u{9b}31m")),
    case("name with a line break", &["bundle.sha256, line"], || with_path("zz\nbreak")),
    case("name with a NUL", &["control character"], || with_path("nul\0evil")),
    case("long name", &["nnnn", "240"], || with_path("n".repeat(250))),
    case("long path", &["dddd", "1024"], || with_path(vec!["d".repeat(200); 6].join("/"))),
    case("names equal but for case", &["guides/A.md", "guides/a.md", "case"], || with_path("guides/A.md")),
    case("directories equal but for case", &["Guides", "guides", "case"], || with_path("Guides/b.md")),
    case("file and directory", &["guides/a.md is both"], || with_path("guides/a.md/b")),
    case("state", &[".mosaic/record"], || with_path(".mosaic/record")),
    case("state in other case", &[".MOSAIC/record"], || with_path(".MOSAIC/record")),
    case("version control's", &["guides/.git/HEAD", "version control"], || with_path("guides/.git/HEAD")),
    case("an editor's", &["a.md~", "an editor"], || with_path("a.md~")),
    case("state further down", &["sub/.mosaic/record"], || with_path("sub/.mosaic/record")),
    case("operator's list", &[".mosaicpreserve"], || with_path(".mosaicpreserve")),
    case("preserved by itself", &["fleet/mine.yaml", "fleet/*.yaml", "bundle.toml:3"], || with_path("fleet/mine.yaml")),

    // Kinds of entries.
    case("symbolic link", &["\"guides/a.md\" is a symbolic link"], || guide(|e| e.become_kind(b'2', "/etc/passwd"))),
    case("hard link", &["\"guides/a.md\" is a hard link"], || guide(|e| e.become_kind(b'1', "anchor/1"))),
    case("character device", &["\"guides/a.md\" is a device"], || guide(|e| e.become_kind(b'3', ""))),
    case("block device", &["\"guides/a.md\" is a device"], || guide(|e| e.become_kind(b'4', ""))),
    case("directory", &["\"guides/a.md\" is a directory"], || guide(|e| e.become_kind(b'5', ""))),
    case("directory that is not listed", &["\"guides/\" is a directory"], || edit(|f| { let mut e = entry("guides/"); e.become_kind(b'5', ""); f.rest.insert(2, e) })),
    case("fifo", &["\"guides/a.md\" is a fifo"], || guide(|e| e.become_kind(b'6', ""))),
    case("contiguous file", &["\"guides/a.md\" is a contiguous file"], || guide(|e| e.put(156, b"7"))),
    case("file from before POSIX", &["\"guides/a.md\" is a file of a tar from before POSIX"], || guide(|e| e.put(156, b"\0"))),
    case("sparse file", &["\"guides/a.md\" is a sparse file"], || guide(|e| e.put(156, b"S"))),
    case("unknown kind", &["\"guides/a.md\" is a thing of an unknown kind"], || guide(|e| e.put(156, b"Z"))),
    case("multi-volume file", &["\"guides/a.md\" is a thing of an unknown kind"], || guide(|e| e.put(156, b"M"))),
    case("GNU long name", &["\"guides/a.md\"", "GNU extension"], || guide(|e| e.after(b'L', b"../evil\0"))),
    case("GNU long link", &["\"guides/a.md\"", "GNU extension"], || guide(|e| e.after(b'K', b"/etc/passwd\0"))),
    case("pax record of another path", &["\"guides/a.md\"", "pax record"], || guide(|e| e.after(b'x', &pax("path", b"../evil")))),
    case("pax record of the same path", &["\"guides/a.md\"", "pax record"], || guide(|e| e.after(b'x', &pax("path", b"guides/a.md")))),
    case("pax record of a size", &["\"guides/a.md\"", "pax record"], || guide(|e| e.after(b'x', &pax("size", b"1")))),
    case("pax record of a link", &["\"guides/a.md\"", "pax record"], || guide(|e| e.after(b'x', &pax("linkpath", b"/etc/passwd")))),
    case("pax record for all", &["\"guides/a.md\"", "pax record"], || guide(|e| e.after(b'g', &pax("path", b"evil")))),
    case("huge pax record", &["\"guides/a.md\"", "pax record"], || guide(|e| e.after(b'x', &pax("comment", &vec![b'x'; 8 << 20])))),
    case("pax record of a long path differs", &["ddd", "pax record"], other_record),

    // Headers.
    case("checksum of a header", &["\"guides/a.md\"", "checksum"], || guide(|e| e.put_badly(136, b"00000000001"))),
    case("checksum of the first header", &["\"bundle.toml\"", "checksum"], || honest().spoil("bundle.toml", |e| e.put_badly(136, b"1")).bytes()),
    case("size in base 256", &["\"guides/a.md\"", "octal"], || guide(|e| e.put(124, b"\x80\0\0\0\0\0\0\0\0\0\0\x06"))),
    case("negative size", &["\"guides/a.md\"", "octal"], || guide(|e| e.put(124, &[0xff; 12]))),
    case("size with a sign", &["\"guides/a.md\"", "octal"], || guide(|e| e.put(124, b"-0000000006\0"))),
    case("size with spaces", &["\"guides/a.md\"", "octal"], || guide(|e| e.put(124, b"          6 "))),
    case("huge size", &["\"guides/a.md\"", "8589934591 bytes"], || guide(|e| e.put(124, b"77777777777\0"))),
    case("size smaller than listed", &["\"guides/a.md\"", "5 bytes", "says 6"], || guide(|e| e.put(124, b"00000000005\0"))),
    case("mode in base 256", &["\"guides/a.md\"", "octal"], || guide(|e| e.put(100, b"\x80\0\0\0\0\0\x01\xa4"))),
    case("mode 0600", &["\"guides/a.md\" has mode 0600"], || guide(|e| e.put(100, b"0000600\0"))),
    case("setuid", &["\"guides/a.md\" has mode 4755"], || guide(|e| e.put(100, b"0004755\0"))),
    case("executable and not listed so", &["\"guides/a.md\" has mode 0755", "0644"], || guide(|e| e.put(100, b"0000755\0"))),
    case("time", &["\"guides/a.md\"", "time"], || guide(|e| e.put(136, b"14000000000\0"))),
    case("owner", &["\"guides/a.md\"", "owner"], || guide(|e| e.put(108, b"0001750\0"))),
    case("owner's name", &["\"guides/a.md\"", "owner"], || guide(|e| e.put(265, b"root"))),
    case("target of a link on a file", &["\"guides/a.md\"", "other fields"], || guide(|e| e.put(157, b"/etc/passwd"))),
    case("GNU header", &["\"guides/a.md\"", "ustar"], || guide(|e| e.put(257, b"ustar  \0"))),
    case("bytes behind the name", &["\"guides/a.md\"", "other fields"], || guide(|e| e.put(60, b"evil"))),
    case("bytes behind the content", &["\"guides/a.md\"", "zeros"], || guide(|e| e.body[100] = b'x')),
    case("bytes behind bundle.toml", &["\"bundle.toml\"", "zeros"], || honest().spoil("bundle.toml", |e| *e.body.last_mut().unwrap() = 1).bytes()),

    // The list against the tar.
    case("content is another", &["\"guides/a.md\" does not match"], || guide(|e| e.body[0] = b'G')),
    case("file that is not listed", &["\"evil\" is not listed"], || edit(|f| f.rest.insert(2, entry("evil")))),
    case("file that is not listed at the end", &["\"zz\" is not listed"], || edit(|f| f.rest.push(entry("zz")))),
    case("listed file that is not there", &["\"mine\" comes where guides/a.md belongs"], || edit(|f| drop(f.rest.remove(2)))),
    case("last listed file that is not there", &["\"tools/x.sh\" is listed"], || edit(|f| drop(f.rest.pop()))),
    case("file that comes twice", &["\"anchor/2\" comes twice"], || edit(|f| { let e = f.rest[1].clone(); f.rest.insert(2, e) })),
    case("files out of order", &["\"anchor/2\" comes where anchor/1 belongs"], || edit(|f| f.rest.swap(0, 1))),
    case("list that names a file twice", &["bundle.sha256, line 3", "anchor/1", "twice"], || listing(|l| { let first = l.lines().nth(1).unwrap(); l.replacen(first, &format!("{first}\n{first}"), 1) })),
    case("list out of order", &["bundle.sha256, line 3", "not in the order"], || listing(|l| { let lines: Vec<_> = l.lines().collect(); format!("{}\n{}\n{}\n{}\n", lines[0], lines[2], lines[1], lines[3..].join("\n")) })),
    case("list of a later format", &["bundle.sha256, line 1", "later"], || listing(|l| l.replacen('1', "2", 1))),
    case("list that is empty", &["bundle.sha256, line 1"], || listing(|_| String::new())),
    case("list that is cut short", &["bundle.sha256", "cut short"], || listing(|l| l.trim_end().to_owned())),
    case("list with empty lines", &["bundle.sha256, line"], || listing(|l| format!("{l}\n\n"))),
    case("list with line ends of Windows", &["bundle.sha256, line 1"], || listing(|l| l.replace('\n', "\r\n"))),
    case("list in capitals", &["bundle.sha256, line 2"], || listing(|l| { let digest = l.lines().nth(1).unwrap()[..64].to_owned(); l.replacen(&digest, &digest.to_uppercase(), 1) })),
    case("list without bundle.toml", &["bundle.sha256", "bundle.toml is missing"], || listing(|l| l.lines().filter(|line| !line.ends_with("bundle.toml")).map(|line| format!("{line}\n")).collect())),
    case("list with other bits", &["bundle.sha256, line 2"], || listing(|l| l.replacen(" 644 ", " 4755 ", 1))),
    case("list with a negative size", &["bundle.sha256, line", "-6"], || listed_size("-6")),
    case("list with a size in hexadecimal", &["bundle.sha256, line", "0x6"], || listed_size("0x6")),
    case("list with a size past 64 bits", &["bundle.sha256, line"], || listed_size("18446744073709551617")),
    case("list with a size that is wrong", &["\"guides/a.md\" has 6 bytes", "says 7"], || listed_size("7")),
    case("list that is not UTF-8", &["bundle.sha256, line", "UTF-8"], || { let mut l = list(MANIFEST, &items()); let at = l.len() - 2; l[at] = 0xff; Forge::listing(MANIFEST, &items(), &l).bytes() }),

    // Bounds.
    case("file past its bound", &["guides/a.md is larger than 256 MiB"], || listed_size("268435457")),
    case("file of all 64 bits", &["guides/a.md is larger"], || listed_size("18446744073709551615")),
    case("bundle past its bound", &["more than 4 GiB"], huge_list),
    case("bomb", &["more than 1000 times its size"], || bomb(64 << 20)),
    case("bomb in the first frame", &["more than 1000 times its size"], index_bomb),
    case("window past its bound in the first frame", &["another program packed it"], || framed(|index, rest| [frame_looking_back(index, 25), frame(rest)].concat())),
    case("window past its bound", &["\"anchor/1\"", "memory"], || framed(|index, rest| [frame(index), frame_looking_back(rest, 21)].concat())),
    case("frame of nothing", &["larger than what it unpacks to"], || framed(|index, rest| [frame(index), hollow(rest)].concat())),
    case("frame that needs a dictionary", &["\"anchor/1\"", "ictionary"], || framed(|index, _| [frame(index), b"\x28\xb5\x2f\xfd\x01\x00\x05\x01\x00\x00".to_vec()].concat())),
];
