//! What units run and read that an update cannot put there, because the operator has the place for himself.

use crate::decide::fleet::active::Lack;
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

/// What units of the release could not run without after an update.
pub(super) fn lacks(home: &Home, survey: &Survey) -> Option<Lack> {
    let is_there = |path: &str| outside::is_file(&home.root.full(path));
    let tools = TOOLS.into_iter().filter(|path| !is_there(path));
    let tools = tools.filter_map(|path| RelPath::parse(path).ok());
    let mut shipped = tools.filter(|path| survey.bundle.wanted.contains_key(path));
    let tool = shipped.find_map(|tool| match survey.found.get(&tool) {
        Some(Found::Outside(link)) => Some(Lack::ToolBehind {
            link: link.clone(),
            tool,
        }),
        _ if survey.classes.judge(&tool).class != Class::Framework => {
            Some(Lack::PreservedTool(tool))
        }
        None | Some(Found::Absent | Found::File(_)) => None,
        Some(_) => Some(Lack::ToolInTheWay(tool)),
    });
    let fleet = outside::stat_link(&home.root.full(FLEET));
    let is_link = fleet.is_ok_and(|stat| stat.is_symlink());
    tool.or((is_link && !is_there(HOLDER_ENV)).then_some(Lack::Settings))
}
