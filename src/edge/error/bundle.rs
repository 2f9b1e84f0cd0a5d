//! The advice of bundles that cannot be used or packed.

use crate::decide::bundle::check::BundleFault;
use crate::edge::error::advice::Advise;
use crate::effects::bundle::BundleError;
use crate::effects::bundle::pack::PackError;

impl Advise for BundleError {
    fn advice(&self, _flags: &str) -> Option<String> {
        let advice = match self {
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
