//! What units run and read that an update cannot put there, because the operator has the place for himself.

use crate::decide::plan::classes::Class;
use crate::effects::home::Home;
use crate::effects::home::survey::Survey;
use crate::effects::os::disk::outside;
use crate::model::fleet_paths::{FLEET, HOLDER_ENV};
use crate::model::found::Found;
use crate::model::path::RelPath;

/// The programs that units run; releases ship all of them.
pub(super) const TOOLS: [&str; 2] = [
    "tools/fleet/start-agent-session.sh",
    "tools/fleet/tmux-holder.sh",
];

/// The reason why units of the release could not run after an update, and what to do.
pub(super) fn lacks(home: &Home, survey: &Survey) -> Option<String> {
    let is_there = |path: &str| outside::stat(&home.root.full(path)).is_ok();
    let tools = TOOLS.into_iter().filter(|path| !is_there(path));
    let mut tools = tools.filter_map(|path| RelPath::parse(path).ok());
    let tool = tools.find_map(|path| {
        survey.bundle.wanted.get(&path)?;
        if let Some(Found::Outside(link)) = survey.found.get(&path) {
            return Some(format!(
                "{path} is not there; put it behind the link {link}"
            ));
        }
        let is_yours = survey.classes.judge(&path).class != Class::Framework;
        is_yours.then(|| {
            format!("{path} is not there, and is preserved; put it there, or preserve it no longer")
        })
    });
    let is_link = |path: &str| {
        let stat = outside::stat_link(&home.root.full(path));
        stat.is_ok_and(|stat| stat.is_symlink())
    };
    let needs_settings = || is_link(FLEET) && !is_there(HOLDER_ENV);
    tool.or_else(|| {
        needs_settings().then(|| {
            format!("{HOLDER_ENV}, which tells the socket, is not there; write it behind the link {FLEET}")
        })
    })
}
