//! The advice of bundles that cannot be used or packed.

use std::path::Path;

use crate::decide::bundle::archive::ArchiveFault;
use crate::decide::bundle::check::BundleFault;
use crate::decide::doctor::quoted;
use crate::edge::error::advice::Advise;
use crate::effects::bundle::BundleError;
use crate::effects::bundle::pack::PackError;

/// The advice on an archive that another program packed.
fn pack_anew(archive: &Path) -> String {
    let name = archive.file_name().unwrap_or_default().to_string_lossy();
    let folder = format!("{}-unpacked", name.split(".tar").next().unwrap_or("bundle"));
    let [archive, folder, packed] = [
        archive.display().to_string(),
        folder.clone(),
        format!("{folder}.tar.zst"),
    ]
    .map(|path| quoted(&path));
    format!(
        "pack it anew: mkdir {folder} && tar --zstd -xf {archive} -C {folder} && mosaic bundle pack {folder} -o {packed}"
    )
}

impl Advise for BundleError {
    fn advice(&self, _flags: &str) -> Option<String> {
        let advice = match self {
            Self::Refused {
                path,
                fault: BundleFault::Archive(ArchiveFault::NotPacked),
            } => return Some(pack_anew(path)),
            Self::NotABundle { .. } => {
                "a bundle is a directory with a bundle.toml at its root, or an archive that mosaic bundle pack wrote"
            }
            Self::Refused {
                fault: BundleFault::Archive(_),
                ..
            } => {
                "get the release again; if you changed it yourself, pack it again, or remove its bundle.sha256"
            }
            Self::Changed { .. } => "wait until nothing writes to the bundle, then try again",
            _ => return None,
        };
        Some(advice.to_owned())
    }
}

impl Advise for PackError {
    fn advice(&self, _flags: &str) -> Option<String> {
        let Self::Inside(_) = self else {
            return None;
        };
        Some("name a file outside of the bundle with -o FILE".to_owned())
    }
}
