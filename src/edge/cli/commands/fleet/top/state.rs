//! The state of `fleet top`, what changes it, and what follows. Nothing is asked, drawn or carried out here.

use crate::edge::report::agent_text::{HEADING, cells};
use crate::edge::report::keys::Key;
use crate::model::tmux::Captured;
use crate::ops::fleet::ps::FleetRows;
use crate::ops::fleet::row::AgentRow;
use crate::ops::fleet::top::FleetLook;

/// The columns that are sorted by number.
const IDLE: usize = 4;
const PID: usize = 6;
/// Rows that a page moves by.
const PAGE: isize = 10;

/// What is to be done after a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Effect {
    /// Only the drawing.
    Draw,
    /// A look at once, rather than when it is time.
    Look,
    /// Everything drawn anew.
    Redraw,
    /// The shell of the terminal, until it brings this back.
    Suspend,
    /// The command of these words, at this terminal.
    Run(Vec<String>),
    /// The end.
    Quit,
}

/// What the keys go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mode {
    /// The table.
    Table,
    /// The filter, as it is typed.
    Filter,
    /// The question whether a command is to run.
    Ask(Question),
    /// The screen of the selected agent, alone.
    Watch,
    /// The list of keys.
    Help,
}

/// The question whether a command is to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Question {
    /// The words of the command, without the program's own name.
    pub words: Vec<String>,
    /// What comes of it.
    pub consequence: String,
}

/// An order of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sort {
    /// The column.
    pub column: usize,
    /// True if the last comes first.
    pub is_reversed: bool,
}

/// What tells a row from the others, whatever they are sorted by: a session that no roster knows may have an agent's name.
type Identity = (String, bool);

/// The state.
pub(super) struct State {
    /// What keys go to.
    pub mode: Mode,
    /// The order of the rows; `None` for the roster's.
    pub sort: Option<Sort>,
    /// Rows are shown that have this in one of their cells.
    pub filter: String,
    /// Set where the selected agent is shown below the table.
    pub has_detail: bool,
    /// Set where a command that is asked about can be read to its end.
    pub is_asked_whole: bool,
    /// What there is to say about the last key.
    pub note: Option<String>,
    /// What could not be asked at the last look.
    pub problem: Option<String>,
    rows: Vec<AgentRow>,
    screen: Option<(String, Result<Captured, String>)>,
    selected: Option<Identity>,
    /// Flags that make a command be about this fleet.
    flags: Vec<String>,
}

impl State {
    /// The state before the first look.
    pub(super) fn new(flags: Vec<String>) -> Self {
        Self {
            mode: Mode::Table,
            sort: None,
            filter: String::new(),
            has_detail: false,
            is_asked_whole: true,
            note: None,
            problem: None,
            rows: Vec::new(),
            screen: None,
            selected: None,
            flags,
        }
    }

    /// All rows, shown or not.
    pub(super) fn rows(&self) -> &[AgentRow] {
        &self.rows
    }

    /// The rows that the filter lets through, in their order.
    pub(super) fn shown(&self) -> Vec<&AgentRow> {
        let wanted = self.filter.to_lowercase();
        let mut rows: Vec<_> = self.rows.iter().map(|row| (cells(row), row)).collect();
        rows.retain(|(cells, _)| {
            let mut texts = cells.iter().map(|cell| cell.text.to_lowercase());
            texts.any(|text| text.contains(&wanted))
        });
        if let Some(Sort {
            column,
            is_reversed,
        }) = self.sort
        {
            let number = |row: &AgentRow| match column {
                IDLE => row.idle_seconds,
                PID => row.pane_pid.map(u64::from),
                _ => None,
            };
            rows.sort_by(|(one, one_row), (other, other_row)| {
                let [one, other] = [(one, one_row), (other, other_row)]
                    .map(|(cells, row)| (number(row), cells[column].text.to_lowercase()));
                let order = one.cmp(&other);
                // What has nothing to sort by comes last either way.
                let is_empty = one.1.is_empty().cmp(&other.1.is_empty());
                is_empty.then(if is_reversed { order.reverse() } else { order })
            });
        }
        rows.into_iter().map(|(_, row)| row).collect()
    }

    /// The place of the selected row among those that are shown; the first where the selected one is not.
    pub(super) fn position(&self, shown: &[&AgentRow]) -> usize {
        let is_it = |row: &&AgentRow| Some(identity(row)) == self.selected;
        shown.iter().position(is_it).unwrap_or(0)
    }

    /// The selected row.
    pub(super) fn selected(&self) -> Option<&AgentRow> {
        let shown = self.shown();
        shown.get(self.position(&shown)).copied()
    }

    /// The screen of an agent, as it was at the last look; `None` where it was not looked at yet.
    pub(super) fn screen_of(&self, agent: &str) -> Option<&Result<Captured, String>> {
        let screen = self.screen.as_ref().filter(|(of, _)| of == agent);
        screen.map(|(_, screen)| screen)
    }

    /// The agent whose screen the next look is to read.
    pub(super) fn wants_screen(&self) -> Option<String> {
        let is_shown = self.has_detail || self.mode == Mode::Watch;
        let row = self.selected().filter(|_| is_shown)?;
        is_managed(row).then(|| row.name.clone())
    }

    /// Takes a look in; one that failed leaves what was seen before.
    pub(super) fn looked(&mut self, look: Result<FleetLook, String>) {
        match look {
            Ok(FleetLook { rows, screen }) => {
                let FleetRows {
                    manager_problem,
                    rows,
                    ..
                } = rows;
                self.problem = manager_problem.map(|why| format!("systemd was not asked: {why}"));
                self.rows = rows;
                self.screen = screen;
            }
            Err(why) => self.problem = Some(format!("not looked at: {why}")),
        }
    }

    /// Takes a key in.
    pub(super) fn key(&mut self, key: &Key) -> Effect {
        self.note = None;
        match (key, &self.mode) {
            (Key::Interrupt, _) => Effect::Quit,
            (Key::Suspend, _) => Effect::Suspend,
            (Key::Redraw, _) => Effect::Redraw,
            (Key::Up, Mode::Table | Mode::Filter | Mode::Watch) => self.select_by(-1),
            (Key::Down, Mode::Table | Mode::Filter | Mode::Watch) => self.select_by(1),
            (_, Mode::Table) => self.key_in_table(key),
            (_, Mode::Filter) => self.key_in_filter(key),
            (_, Mode::Ask(question)) => {
                let words = question.words.clone();
                self.mode = Mode::Table;
                match key {
                    Key::Char('y') if self.is_asked_whole => Effect::Run(words),
                    Key::Char('y') => {
                        self.say("Not run: the window is too small to show it whole.")
                    }
                    _ => Effect::Draw,
                }
            }
            (Key::Escape | Key::Enter | Key::Char('q' | 'w'), Mode::Watch) => {
                self.enter(Mode::Table)
            }
            (_, Mode::Watch) => Effect::Draw,
            (_, Mode::Help) => self.enter(Mode::Table),
        }
    }

    fn key_in_table(&mut self, key: &Key) -> Effect {
        match key {
            Key::PageUp => self.select_by(-PAGE),
            Key::PageDown => self.select_by(PAGE),
            Key::Home => self.select_by(isize::MIN),
            Key::End => self.select_by(isize::MAX),
            Key::Enter => {
                self.has_detail = !self.has_detail;
                Effect::Look
            }
            Key::Escape if self.filter.is_empty() => {
                self.has_detail = false;
                Effect::Draw
            }
            Key::Escape => {
                self.filter.clear();
                Effect::Draw
            }
            Key::Char(character) => self.character(*character),
            _ => Effect::Draw,
        }
    }

    fn character(&mut self, character: char) -> Effect {
        match character {
            'q' => Effect::Quit,
            'k' => self.select_by(-1),
            'j' => self.select_by(1),
            '/' => self.enter(Mode::Filter),
            '?' => self.enter(Mode::Help),
            'w' => match self.managed() {
                Some(_) => {
                    self.mode = Mode::Watch;
                    Effect::Look
                }
                None => Effect::Draw,
            },
            'r' => self.ask(&["fleet", "restart"], &[], "is ended, and started again."),
            's' => self.ask(
                &["fleet", "stop"],
                &[],
                "is ended, and stays so until it is started.",
            ),
            'z' => self.ask(
                &["agent", "reset"],
                &[],
                "is told to begin anew, with an empty context.",
            ),
            'a' => self.ask(
                &["agent", "attach"],
                &["--yes"],
                "gets what you type from then on, and its window the size of yours.",
            ),
            _ => {
                let mut columns = HEADING.iter();
                if let Some(column) = columns.position(|name| name.starts_with(character)) {
                    self.sort_by(column);
                }
                Effect::Draw
            }
        }
    }

    fn key_in_filter(&mut self, key: &Key) -> Effect {
        match key {
            Key::Char(character) => self.filter.push(*character),
            Key::Pasted(text) => {
                let text = text.chars().filter(|character| !character.is_control());
                self.filter.extend(text);
            }
            Key::Backspace => {
                self.filter.pop();
            }
            Key::ClearLine => self.filter.clear(),
            Key::Escape => {
                self.filter.clear();
                self.mode = Mode::Table;
            }
            Key::Enter => self.mode = Mode::Table,
            _ => {}
        }
        Effect::Draw
    }

    fn say(&mut self, note: &str) -> Effect {
        self.note = Some(note.to_owned());
        Effect::Draw
    }

    fn enter(&mut self, mode: Mode) -> Effect {
        self.mode = mode;
        Effect::Draw
    }

    /// Upwards, then downwards, then as in the roster.
    fn sort_by(&mut self, column: usize) {
        let sort = |is_reversed| {
            Some(Sort {
                column,
                is_reversed,
            })
        };
        self.sort = match self.sort {
            Some(now) if now.column == column && now.is_reversed => None,
            Some(now) if now.column == column => sort(true),
            _ => sort(false),
        };
    }

    fn select_by(&mut self, rows: isize) -> Effect {
        let shown = self.shown();
        let last = shown.len().saturating_sub(1);
        let at = self.position(&shown).saturating_add_signed(rows).min(last);
        self.selected = shown.get(at).map(|row| identity(row));
        if self.wants_screen().is_some() {
            Effect::Look
        } else {
            Effect::Draw
        }
    }

    /// The name of the selected agent, if a roster knows it; what is none of the fleet's is left alone.
    fn managed(&mut self) -> Option<String> {
        let row = self.selected()?;
        let (name, is_managed) = identity(row);
        if !is_managed {
            self.say("No roster knows this session: it is only shown.");
        }
        is_managed.then_some(name)
    }

    fn ask(&mut self, verb: &[&str], more: &[&str], consequence: &str) -> Effect {
        if let Some(agent) = self.managed() {
            let words = [verb, &[&agent], more].concat().into_iter();
            let words = words.map(str::to_owned);
            self.mode = Mode::Ask(Question {
                words: words.chain(self.flags.iter().cloned()).collect(),
                consequence: format!("{agent} {consequence}"),
            });
        }
        Effect::Draw
    }
}

fn identity(row: &AgentRow) -> Identity {
    (row.name.clone(), is_managed(row))
}

/// Tells whether a roster knows a row's agent.
pub(super) fn is_managed(row: &AgentRow) -> bool {
    row.runtime.is_some()
}
