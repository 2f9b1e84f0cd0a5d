//! The steps of a sequence, and how they are drawn.

use crate::draw::Draw;

/// A step; what it means depends on what is there then.
#[derive(Debug, Clone)]
pub enum Step {
    /// A command of the program, typed in a shell.
    Mosaic(Order, Shell),
    /// The roster gets another socket, and is installed.
    Socket(&'static str),
    /// A tmux server of the fleet is killed.
    KillServer,
    /// An agent is killed.
    KillAgent(usize),
    /// An agent is stopped, and its operator starts it by hand, on a tmux server of his own.
    ByHand(usize),
    /// The socket's file goes.
    RemoveSocket,
    /// The user manager ends, a command is tried, and a new one begins.
    Manager(Order),
    /// An agent's unit is masked.
    Mask(usize),
    /// It is masked no longer.
    Unmask(usize),
    /// The operator edits an active unit, or a drop-in of it; systemd is not told.
    Edit(&'static str),
}

/// A command of the program; agents by number, none for all.
#[derive(Debug, Clone)]
pub enum Order {
    /// To the release in the program, or the later one.
    Update { is_later: bool, relaunches: bool },
    /// To this generation, if there is one; otherwise to the one before.
    Rollback { to: Option<usize>, relaunches: bool },
    /// `fleet install`.
    Install,
    /// `fleet start`.
    Start(Vec<usize>),
    /// `fleet stop`.
    Stop(Vec<usize>),
    /// `fleet restart`.
    Restart(Vec<usize>),
    /// `fleet restart --stale`.
    RestartStale,
}

/// The shell that a command is typed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shell {
    /// The operator's.
    Usual,
    /// Its tmux looks for sockets elsewhere.
    OtherTmux,
    /// Its programs look for settings elsewhere; the home is named.
    OtherConfig,
}

/// Names of the sockets that a roster may say.
pub const SOCKETS: [&str; 3] = ["mosaic-fleet", "nine", "ten"];
/// What the operator edits.
const EDITED: [&str; 3] = [
    "mosaic-agent@.service",
    "mosaic-tmux-holder.service",
    "mosaic-agent@.service.d/mine.conf",
];

/// The steps of a sequence over so many agents. In one of four an agent is started by hand, which leaves the other draws
/// as they are.
pub fn steps(seed: u64, draw: &mut Draw, agents: usize) -> Vec<Step> {
    let number = 6 + draw.below(4);
    let mut steps: Vec<_> = (0..number).map(|_| step(draw, agents)).collect();
    if seed.is_multiple_of(4) {
        let mut draw = Draw::new(!seed);
        let by_hand = Step::ByHand(draw.below(agents));
        steps.insert(draw.below(number), by_hand);
    }
    steps
}

fn step(draw: &mut Draw, agents: usize) -> Step {
    match draw.below(20) {
        0..=9 => Step::Mosaic(order(draw, agents), shell(draw)),
        10..=11 => Step::Socket(draw.one_of(&SOCKETS)),
        12 => Step::KillServer,
        13 => Step::KillAgent(draw.below(agents)),
        14 => Step::RemoveSocket,
        15 => Step::Manager(order(draw, agents)),
        16 => Step::Mask(draw.below(agents)),
        17 => Step::Unmask(draw.below(agents)),
        _ => Step::Edit(draw.one_of(&EDITED)),
    }
}

fn order(draw: &mut Draw, agents: usize) -> Order {
    let named = |draw: &mut Draw| match draw.below(2) {
        0 => Vec::new(),
        _ => vec![draw.below(agents)],
    };
    match draw.below(12) {
        0..=1 => Order::Update {
            is_later: draw.once_in(2),
            relaunches: draw.once_in(2),
        },
        2..=4 => Order::Rollback {
            to: draw.once_in(3).then(|| draw.below(6)),
            relaunches: draw.once_in(3),
        },
        5 => Order::Install,
        6..=7 => Order::Start(named(draw)),
        8 => Order::Stop(named(draw)),
        9..=10 => Order::Restart(named(draw)),
        _ => Order::RestartStale,
    }
}

fn shell(draw: &mut Draw) -> Shell {
    match draw.below(8) {
        0 => Shell::OtherTmux,
        1 => Shell::OtherConfig,
        _ => Shell::Usual,
    }
}

impl Order {
    /// The words after `mosaic`.
    pub fn words(&self, agents: &[String], later: &str) -> Vec<String> {
        let to;
        let mut words: Vec<&str> = match self {
            Self::Update { is_later: true, .. } => vec!["update", "--from", later],
            Self::Update { .. } => vec!["update"],
            Self::Rollback {
                to: Some(number), ..
            } => {
                to = number.to_string();
                vec!["rollback", &to]
            }
            Self::Rollback { .. } => vec!["rollback"],
            Self::Install => vec!["fleet", "install"],
            Self::Start(numbers) => named("start", numbers, agents),
            Self::Stop(numbers) => named("stop", numbers, agents),
            Self::Restart(numbers) => named("restart", numbers, agents),
            Self::RestartStale => vec!["fleet", "restart", "--stale"],
        };
        if let Self::Update {
            relaunches: true, ..
        }
        | Self::Rollback {
            relaunches: true, ..
        } = self
        {
            words.push("--relaunch");
        }
        words.into_iter().map(str::to_owned).collect()
    }
}

fn named<'a>(verb: &'a str, numbers: &[usize], agents: &'a [String]) -> Vec<&'a str> {
    let numbers = numbers.iter().map(|number| agents[*number].as_str());
    ["fleet", verb].into_iter().chain(numbers).collect()
}
