//! The bundles that are measured with: text of about 4 KiB a file, three files a directory.

use std::fs;
use std::path::{Path, PathBuf};

use crate::contenders::mosaic;
use crate::contest::run;

/// Two releases of one bundle; every hundredth file differs, the others share their modification times.
pub struct Trees {
    folder: PathBuf,
    /// 1.0.0
    pub first: PathBuf,
    /// 1.1.0
    pub second: PathBuf,
    /// 1.0.0, packed.
    pub first_archive: PathBuf,
    /// How many files each has.
    pub files: usize,
}

impl Trees {
    /// Writes both.
    pub fn make(folder: &Path, files: usize) -> Self {
        let (first, second) = (folder.join("first"), folder.join("second"));
        for (root, version) in [(&first, "1.0.0"), (&second, "1.1.0")] {
            fs::create_dir_all(root).expect("a scratch folder");
            let manifest = format!("name = \"bench\"\nversion = \"{version}\"\n");
            fs::write(root.join("bundle.toml"), manifest).expect("a manifest");
        }
        for file in 0..files {
            let path = format!("d{:02}/d{:04}/f{file:06}", file / 322, file / 3);
            let changed = if file % 100 == 7 { 1 } else { 0 };
            write(&first.join(&path), &text(file as u64, 0));
            write(&second.join(&path), &text(file as u64, changed));
            if changed == 0 {
                let time = fs::metadata(first.join(&path))
                    .and_then(|metadata| metadata.modified())
                    .expect("a time");
                let file = fs::File::options()
                    .write(true)
                    .open(second.join(&path))
                    .expect("it is there");
                file.set_modified(time).expect("a time");
            }
        }
        let first_archive = folder.join("first.tar.zst");
        let mut pack = mosaic(&["bundle", "pack"]);
        pack.arg(&first).arg("-o").arg(&first_archive);
        run(pack);
        Self {
            folder: folder.to_owned(),
            first,
            second,
            first_archive,
            files,
        }
    }

    /// A path beside them.
    pub fn path(&self, below: &str) -> PathBuf {
        self.folder.join(below)
    }
}

fn write(path: &Path, content: &str) {
    fs::create_dir_all(path.parent().expect("a parent")).expect("directories");
    fs::write(path, content).expect("a file");
}

/// Lines of words from a small vocabulary, drawn by a 64-bit linear congruential generator
/// (Knuth's MMIX constants), so that it compresses about as text does.
fn text(seed: u64, variant: u64) -> String {
    const WORDS: [&str; 16] = [
        "agent", "session", "socket", "release", "update", "roster", "guide", "holder", "pane",
        "the", "of", "and", "is", "to", "in", "unit",
    ];
    let mut state = seed
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .wrapping_add(1 + variant);
    let mut text = String::with_capacity(4200);
    while text.len() < 4096 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        text.push_str(WORDS[(state >> 60) as usize]);
        text.push_str(&format!("{}", (state >> 40) & 0xff));
        text.push(if (state >> 33) & 7 == 0 { '\n' } else { ' ' });
    }
    text
}
