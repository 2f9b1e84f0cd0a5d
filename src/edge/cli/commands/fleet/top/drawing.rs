//! Draws the state of `fleet top` on a screen of any size. What is told by a colour is told by a word, too.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;
use textwrap::core::display_width;

use super::state::{Mode, Question, Sort, State, is_managed};
use crate::decide::doctor::quoted;
use crate::edge::report::agent_text::{Cell, HEADING, cells, facts};
use crate::edge::report::output::{Screen, style};
use crate::edge::report::table::harmless;
use crate::model::tmux::Captured;
use crate::ops::fleet::row::AgentRow;

/// Columns that are left out where there is no room for all, the first first.
const DISPENSABLE: [&str; 6] = ["CLASS", "PID", "UNIT", "RUNTIME", "IDLE", "HEART"];
/// Blanks between two columns.
const GAP: usize = 2;
/// What stands before the selected row, and before the others.
const MARKS: [&str; 2] = ["> ", "  "];
/// Columns that a name has at least, however narrow the screen.
const SHORTEST: usize = 8;
/// Rows from which on there is room for a table and a detail.
const BOTH: u16 = 8;
/// Most rows that facts take in a detail.
const FACTS: usize = 4;
const KEYS: &str = "q quit  ? keys  / filter  Enter detail  w watch  r restart  s stop  a attach";
const ALL_KEYS: [&str; 9] = [
    "Up, Down     select; also j and k, PageUp, PageDown, Home, End",
    "N C R S ...  sort by the column that begins so; again: the other way; once more: as in the roster",
    "/            show only rows with this in them; Esc: all",
    "Enter        the selected agent in detail, with its last lines, or no longer",
    "w            watch the selected agent's screen, alone",
    "r s          restart, stop it: each asks first",
    "z a          reset its context, attach to it: each asks first",
    "Ctrl-Z       to the shell; fg comes back",
    "q, Ctrl-C    quit",
];

/// Draws the state. Tells whether a command that is asked about can be read to its end.
pub(super) fn draw(state: &State, screen: Screen, area: Rect, buffer: &mut Buffer) -> bool {
    let drawing = Drawing {
        state,
        screen,
        width: area.width.into(),
    };
    let rows = usize::from(area.height);
    let mut lines = drawing.body(rows.saturating_sub(2));
    lines.truncate(rows.saturating_sub(2));
    lines.resize(rows.saturating_sub(2), Line::default());
    lines.insert(0, drawing.title());
    lines.push(drawing.foot());
    let mut asked = Vec::new();
    if let Mode::Ask(question) = &state.mode {
        asked = drawing.question(question);
    }
    let is_whole = asked.len() <= rows;
    lines.truncate(rows.saturating_sub(asked.len()));
    lines.extend(asked);
    for (line, row) in lines.into_iter().zip(area.rows()) {
        line.render(row, buffer);
    }
    is_whole
}

struct Drawing<'a> {
    state: &'a State,
    screen: Screen,
    width: usize,
}

impl Drawing<'_> {
    fn title(&self) -> Line<'static> {
        let state = self.state;
        let rows = state.rows();
        let agents = rows.iter().filter(|row| is_managed(row)).count();
        let flagged = rows.iter().filter(|row| !row.flags.is_empty()).count();
        let mut parts = vec![format!(
            "mosaic fleet top  {agents} agents, {flagged} with flags"
        )];
        if let Some(sort) = state.sort {
            let reversed = if sort.is_reversed { ", reversed" } else { "" };
            parts.push(format!("by {}{reversed}", HEADING[sort.column]));
        }
        if !state.filter.is_empty() && state.mode != Mode::Filter {
            parts.push(format!("only {:?}", state.filter));
        }
        Line::styled(parts.join("  "), Modifier::BOLD)
    }

    fn foot(&self) -> Line<'static> {
        let state = self.state;
        match (&state.mode, &state.note, &state.problem) {
            (Mode::Filter, ..) => Line::raw(format!("/{}_", state.filter)),
            (_, Some(note), _) => Line::raw(note.clone()),
            (_, _, Some(problem)) => Line::styled(harmless(problem), self.tone(style::ALARM)),
            (Mode::Watch, ..) => Line::styled("Looked at only; Esc goes back", Modifier::DIM),
            (Mode::Help, ..) => Line::styled("Any key goes back", Modifier::DIM),
            _ => Line::styled(KEYS, Modifier::DIM),
        }
    }

    /// What stands between the title and the foot, in so many rows.
    fn body(&self, rows: usize) -> Vec<Line<'static>> {
        match self.state.mode {
            Mode::Help => ALL_KEYS.map(Line::raw).to_vec(),
            Mode::Watch => self.detail(rows, 0),
            _ if !self.state.has_detail => self.table(rows),
            _ if rows < BOTH.into() => self.detail(rows, FACTS),
            _ => {
                let upper = rows * 2 / 5;
                let mut lines = self.table(upper);
                lines.resize(upper, Line::default());
                lines.extend(self.detail(rows - upper, FACTS));
                lines
            }
        }
    }

    fn table(&self, rows: usize) -> Vec<Line<'static>> {
        let shown = self.state.shown();
        let selected = self.state.position(&shown);
        let cells: Vec<_> = shown.iter().map(|row| cells(row)).collect();
        let widths = self.widths(&cells);
        let mut lines = vec![self.heading(&widths)];
        let height = rows.saturating_sub(1).max(1);
        let first = selected / height * height;
        for (at, row) in cells.iter().enumerate().skip(first).take(height) {
            let mut spans = vec![Span::raw(MARKS[usize::from(at != selected)])];
            for (cell, width) in row.iter().zip(&widths) {
                let Some(width) = width else { continue };
                let text = cut(&cell.text, *width);
                let blanks = blanks(width + GAP, &text);
                // A colour in a reversed row would be a patch of that colour.
                let tone = if at == selected {
                    Style::new()
                } else {
                    self.tone(cell.style)
                };
                spans.push(Span::styled(text, tone));
                spans.push(Span::raw(blanks));
            }
            let reversed = if at == selected {
                Modifier::REVERSED
            } else {
                Modifier::empty()
            };
            lines.push(Line::from(spans).style(reversed));
        }
        if cells.is_empty() {
            let none = match self.state.rows() {
                [] => "  The roster has no agents here.",
                _ => "  No row has that in it.",
            };
            lines.push(Line::raw(none));
        }
        lines
    }

    fn heading(&self, widths: &[Option<usize>]) -> Line<'static> {
        let mut text = MARKS[1].to_owned();
        for (column, (name, width)) in HEADING.iter().zip(widths).enumerate() {
            let Some(width) = width else { continue };
            let name = format!("{name}{}", self.arrow(column));
            text += &name;
            text += &blanks(width + GAP, &name);
        }
        Line::styled(text, Modifier::DIM)
    }

    fn arrow(&self, column: usize) -> &'static str {
        match self.state.sort.filter(|sort| sort.column == column) {
            None => "",
            Some(Sort { is_reversed, .. }) => match (is_reversed, self.screen.writes_utf8) {
                (false, true) => "\u{25b2}",
                (true, true) => "\u{25bc}",
                (false, false) => "^",
                (true, false) => "v",
            },
        }
    }

    /// The width of each column that is shown.
    fn widths(&self, rows: &[[Cell; 9]]) -> [Option<usize>; 9] {
        let mut widths: [_; 9] = std::array::from_fn(|column| {
            let cells = rows.iter().map(|row| display_width(&row[column].text));
            let widest = cells.max().filter(|widest| *widest > 0)?;
            let heading = HEADING[column].len() + self.arrow(column).chars().count();
            Some(widest.max(heading))
        });
        let beyond = |widths: &[Option<usize>; 9]| {
            let all: usize = widths.iter().flatten().map(|width| width + GAP).sum();
            (all + MARKS[0].len()).saturating_sub(self.width + GAP)
        };
        for name in DISPENSABLE {
            let column = HEADING.iter().position(|heading| *heading == name);
            if let Some(column) = column.filter(|_| beyond(&widths) > 0) {
                widths[column] = None;
            }
        }
        let beyond = beyond(&widths);
        widths[0] = widths[0].map(|name| name.saturating_sub(beyond).max(name.min(SHORTEST)));
        widths
    }

    /// The selected agent: its facts in so many rows at most, and its last lines.
    fn detail(&self, rows: usize, most_facts: usize) -> Vec<Line<'static>> {
        let Some(row) = self.state.selected() else {
            return Vec::new();
        };
        let mut lines = vec![Line::styled(harmless(&row.name), Modifier::REVERSED)];
        let facts = facts(row).into_iter();
        let facts: Vec<_> = facts
            .map(|(fact, value)| format!("{fact} {value}"))
            .collect();
        let facts = self.wrapped(&facts.join("  ")).into_iter();
        lines.extend(facts.take(most_facts).map(Line::raw));
        let left = rows.saturating_sub(lines.len());
        lines.extend(self.last_lines(row, left));
        lines
    }

    fn last_lines(&self, row: &AgentRow, rows: usize) -> Vec<Line<'static>> {
        let aside = |text: &str| vec![Line::styled(text.to_owned(), Modifier::DIM)];
        if !is_managed(row) {
            return aside("No roster knows this session: its screen is not read.");
        }
        match self.state.screen_of(&row.name) {
            None => aside("..."),
            Some(Err(why)) => aside(&harmless(why)),
            Some(Ok(Captured { lines, .. })) => {
                let written = lines.iter().rposition(|line| !line.is_empty());
                let written = &lines[..written.map_or(0, |last| last + 1)];
                let last = &written[written.len().saturating_sub(rows)..];
                last.iter().map(|line| Line::raw(harmless(line))).collect()
            }
        }
    }

    fn question(&self, question: &Question) -> Vec<Line<'static>> {
        let words = question.words.iter().map(|word| quoted(word));
        let words: Vec<_> = [String::from("mosaic")].into_iter().chain(words).collect();
        let head = "Run this?  y: yes, any other key: no";
        let mut lines = vec![Line::styled(head, Modifier::REVERSED)];
        let command = self.wrapped(&harmless(&words.join(" "))).into_iter();
        lines.extend(command.map(|line| Line::styled(line, Modifier::BOLD)));
        let consequence = self.wrapped(&harmless(&question.consequence));
        lines.extend(consequence.into_iter().map(Line::raw));
        lines
    }

    fn wrapped(&self, text: &str) -> Vec<String> {
        let lines = textwrap::wrap(text, self.width.max(1)).into_iter();
        lines.map(std::borrow::Cow::into_owned).collect()
    }

    fn tone(&self, style: anstyle::Style) -> Style {
        use anstyle::{AnsiColor, Color as Ansi, Effects};
        let color = match style.get_fg_color().filter(|_| self.screen.is_coloured) {
            Some(Ansi::Ansi(AnsiColor::Green)) => Color::Green,
            Some(Ansi::Ansi(AnsiColor::Cyan)) => Color::Cyan,
            Some(Ansi::Ansi(AnsiColor::Yellow)) => Color::Yellow,
            _ => Color::Reset,
        };
        let effects = style.get_effects();
        let mut tone = Style::new().fg(color);
        for (effect, modifier) in [
            (Effects::BOLD, Modifier::BOLD),
            (Effects::DIMMED, Modifier::DIM),
        ] {
            if effects.contains(effect) {
                tone = tone.add_modifier(modifier);
            }
        }
        tone
    }
}

/// Blanks that fill a text up to a width.
fn blanks(width: usize, text: &str) -> String {
    " ".repeat(width.saturating_sub(display_width(text)))
}

/// As much of a text as a width has room for.
fn cut(text: &str, width: usize) -> String {
    if display_width(text) <= width {
        return text.to_owned();
    }
    let mut cut = String::new();
    for character in text.chars() {
        cut.push(character);
        if display_width(&cut) > width {
            cut.pop();
            break;
        }
    }
    cut
}
