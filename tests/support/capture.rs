//! Pictures in the README: what the program says, in its colours.

use std::fs;
use std::path::Path;

const CAPTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/captures");

/// Compares a picture of a screen with the one that is kept; `UPDATE_CAPTURES=1` draws it anew.
pub fn is_as_kept(name: &str, screen: &str) {
    let drawn = anstyle_svg::Term::new()
        .palette(anstyle_lossy::palette::WIN10_CONSOLE)
        .render_svg(screen.trim_end());
    let path = Path::new(CAPTURES).join(format!("{name}.svg"));
    if std::env::var_os("UPDATE_CAPTURES").is_some() {
        fs::create_dir_all(CAPTURES).expect("a folder");
        fs::write(&path, &drawn).expect("the picture is written");
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == drawn,
        "{name}.svg is not what the program says; UPDATE_CAPTURES=1 draws it anew:\n{screen}"
    );
}
