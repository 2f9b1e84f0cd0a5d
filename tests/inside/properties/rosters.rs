//! Random rosters in every style of YAML that operators use, drawn so that a renamed socket is known in advance.

use crate::inside::properties::dice::Dice;

pub const BEFORE: &str = "mosaic-factory";
pub const AFTER: &str = "mosaic-fleet";

/// A roster, and what is known of it.
#[derive(Debug, Default)]
pub struct Drawn {
    pub text: String,
    /// How many values name the socket that is renamed.
    pub named: usize,
    /// A key is there twice.
    pub is_ambiguous: bool,
    /// A socket's anchor, of a name or of nothing, is used for something else, too.
    pub is_entangled: bool,
}

/// The roster of these bytes, with `name` for the socket that is renamed.
pub fn draw(bytes: &[u8], name: &'static str) -> Drawn {
    let mut dice = Dice::new(bytes);
    let style = dice.pick(&[
        Style::Block,
        Style::Block,
        Style::Block,
        Style::Flow,
        Style::Tight,
        Style::Pretty,
    ]);
    let eol = if dice.once_in(4) { "\r\n" } else { "\n" };
    let width = dice.pick(&[2, 2, 4, 1, 3]);
    let has_mark = dice.once_in(5);
    let ends = [dice.once_in(4), dice.once_in(6), dice.once_in(5)];
    let mut pen = Pen {
        dice,
        style,
        eol,
        width,
        name,
        anchors: Vec::new(),
        drawn: Drawn::default(),
    };
    let root = pen.root();
    if has_mark {
        pen.drawn.text += "\u{feff}";
    }
    if ends[0] && style != Style::Tight {
        pen.line("---");
    }
    match style {
        Style::Block => pen.block(&root, 0),
        _ => {
            let flow = pen.flow(&root, 0);
            pen.line(&flow);
        }
    }
    if ends[1] && style != Style::Tight {
        pen.line("...");
    }
    if ends[2] {
        let length = pen.drawn.text.trim_end_matches(['\r', '\n']).len();
        pen.drawn.text.truncate(length);
    }
    pen.drawn
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Block,
    Flow,
    /// JSON without any blank.
    Tight,
    /// JSON over lines.
    Pretty,
}

impl Style {
    fn is_json(self) -> bool {
        matches!(self, Self::Tight | Self::Pretty)
    }
}

/// A value, its scalars as they are written.
#[derive(Debug, Clone)]
enum Shape {
    Scalar(String),
    /// A block scalar, or a quoted one where there are no blocks.
    Literal(&'static str),
    Mapping(Vec<(&'static str, Shape)>),
    List(Vec<Shape>),
}

/// An anchor, and whether it stands at a socket.
type Anchor = (String, Anchored);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Anchored {
    Socket,
    Elsewhere,
    Nothing,
}

struct Pen<'a> {
    dice: Dice<'a>,
    style: Style,
    eol: &'static str,
    width: usize,
    name: &'static str,
    anchors: Vec<Anchor>,
    drawn: Drawn,
}

impl Pen<'_> {
    fn root(&mut self) -> Shape {
        let mut entries = vec![("version", self.word("1"))];
        if self.dice.once_in(2) {
            entries.push(("transport", self.elsewhere()));
        }
        let order = self.dice.side(3);
        if order == 0 {
            entries.push(("agents", self.agents()));
        }
        if !self.dice.once_in(4) {
            entries.push(("tmux", self.tmux()));
        }
        entries.push((
            "defaults",
            Shape::Mapping(vec![("working_directory", self.elsewhere())]),
        ));
        if order != 0 && !self.dice.once_in(8) {
            entries.push(("agents", self.agents()));
        }
        if order == 2 {
            let by = self.dice.side(entries.len());
            // An alias comes behind its anchor.
            if self.anchors.is_empty() {
                entries.rotate_left(by);
            }
        }
        if self.dice.once_in(40) {
            self.drawn.is_ambiguous = true;
            entries.push(("version", self.word("2")));
        }
        Shape::Mapping(entries)
    }

    fn tmux(&mut self) -> Shape {
        let mut entries = Vec::new();
        let key = self.dice.pick(&["socket_name", "socketName"]);
        match self.dice.side(8) {
            0..4 => entries.push((key, self.socket())),
            4 => entries.push((key, self.nothing())),
            5 => entries.push((key, self.word("other-socket"))),
            6 if self.dice.once_in(2) => return self.plain_nothing(),
            _ => {}
        }
        if self.dice.once_in(2) {
            let key = self.dice.pick(&["holder_session", "holderSession"]);
            let value = self.elsewhere();
            let at = self.dice.side(2).min(entries.len());
            // Aliases are behind their anchors only at the end.
            let at = if self.anchors.is_empty() {
                at
            } else {
                entries.len()
            };
            entries.insert(at, (key, value));
        }
        Shape::Mapping(entries)
    }

    fn agents(&mut self) -> Shape {
        let agents = (0..self.dice.side(4)).map(|_| {
            let mut agent = vec![("name", self.word("größe-🦀"))];
            match self.dice.side(6) {
                0 | 1 => agent.push(("socket", self.socket())),
                2 => agent.push(("socket", self.word("mosaic-factory-2"))),
                3 => agent.push(("socket", self.nothing())),
                _ => {}
            }
            agent.push(("model_hint", self.elsewhere()));
            Shape::Mapping(agent)
        });
        Shape::List(agents.collect())
    }

    /// A value that is renamed.
    fn socket(&mut self) -> Shape {
        self.drawn.named += 1;
        let name = self.name;
        if self.style.is_json() {
            return Shape::Scalar(format!("\"{name}\""));
        }
        let kind = self.dice.side(9);
        let anchors = self.anchors.clone();
        if let (8, Some((anchor, at))) = (
            kind,
            anchors
                .iter()
                .rev()
                .find(|(_, at)| *at != Anchored::Nothing),
        ) {
            let follows = *at == Anchored::Socket || name == BEFORE;
            return Shape::Scalar(if follows {
                format!("*{anchor}")
            } else {
                name.to_owned()
            });
        }
        let written = match kind {
            0..3 => name.to_owned(),
            3 => format!("'{name}'"),
            4 => format!("\"{name}\""),
            5 if name == BEFORE => "\"mosaic\\x2dfactory\"".to_owned(),
            5 => format!("\"{name}\""),
            6 => return Shape::Literal(name),
            _ => format!("!!str {name}"),
        };
        Shape::Scalar(if self.dice.once_in(4) {
            self.anchored(Anchored::Socket, &written)
        } else {
            written
        })
    }

    /// A value that stays, whatever it says.
    fn elsewhere(&mut self) -> Shape {
        if self.style.is_json() {
            return self.word(BEFORE);
        }
        match self.dice.side(24) {
            0..8 => self.word(BEFORE),
            8..14 => self.word("é: 🦀 # x"),
            14..18 => Shape::Scalar(self.anchored(Anchored::Elsewhere, &format!("'{BEFORE}'"))),
            18 => self.alias_of_a_socket(),
            19 => Shape::Literal(BEFORE),
            20 => Shape::Scalar("!own 'é'".to_owned()),
            _ => self.word("_holder"),
        }
    }

    fn alias_of_a_socket(&mut self) -> Shape {
        let Some((anchor, _)) = self
            .anchors
            .iter()
            .find(|(_, at)| *at != Anchored::Elsewhere)
        else {
            return self.word("_holder");
        };
        self.drawn.is_entangled = true;
        Shape::Scalar(format!("*{anchor}"))
    }

    fn nothing(&mut self) -> Shape {
        if self.style.is_json() {
            return Shape::Scalar(self.dice.pick(&["null", "\"\""]).to_owned());
        }
        let written = self.dice.pick(&[
            "", "~", "null", "''", "\"\"", "!!null ~", "!!str", "!!str ''",
        ]);
        Shape::Scalar(if self.dice.once_in(6) {
            self.anchored(Anchored::Nothing, written)
        } else {
            written.to_owned()
        })
    }

    fn plain_nothing(&mut self) -> Shape {
        let written = if self.style.is_json() {
            "null"
        } else {
            self.dice.pick(&["", "~", "null"])
        };
        Shape::Scalar(written.to_owned())
    }

    fn anchored(&mut self, at: Anchored, written: &str) -> String {
        let anchor = format!("a{}", self.anchors.len());
        let written = format!("&{anchor} {written}").trim_end().to_owned();
        self.anchors.push((anchor, at));
        written
    }

    fn word(&mut self, text: &str) -> Shape {
        let is_plain = !text.contains([':', '#']);
        let written = match self.dice.side(3) {
            _ if self.style.is_json() => format!("\"{text}\""),
            0 if is_plain => text.to_owned(),
            1 => format!("\"{text}\""),
            _ => format!("'{text}'"),
        };
        Shape::Scalar(written)
    }

    fn line(&mut self, line: &str) {
        self.drawn.text += line;
        self.drawn.text += self.eol;
    }

    fn comment(&mut self) -> String {
        let comment = self.dice.pick(&[
            "",
            "",
            "",
            " # mosaic-factory",
            "\t# é 🦀",
            " # socket_name: ~",
        ]);
        comment.to_owned()
    }

    fn block(&mut self, shape: &Shape, indent: usize) {
        let Shape::Mapping(entries) = shape else {
            return;
        };
        for (key, value) in entries {
            if self.dice.once_in(6) {
                let comment = self.dice.pick(&["# mosaic-factory", "# tmux:", "", "#é"]);
                self.line(&format!("{:indent$}{comment}", ""));
            }
            self.entry(key, value, indent, &" ".repeat(indent));
        }
    }

    /// An entry of a block mapping; what its line begins with may be a dash.
    fn entry(&mut self, key: &str, value: &Shape, indent: usize, before: &str) {
        let key = self.dice.pick(&["", "", "\"", "'"]).to_owned() + "|" + key;
        let (quote, name) = key.split_once('|').unwrap_or_default();
        let (key, comment) = (format!("{before}{quote}{name}{quote}:"), self.comment());
        let is_flow = self.dice.once_in(4);
        match value {
            Shape::Scalar(written) if written.is_empty() => self.line(&format!("{key}{comment}")),
            Shape::Scalar(written) => {
                let gap = self.dice.pick(&[" ", " ", "  ", "\t"]);
                self.line(&format!("{key}{gap}{written}{comment}"));
            }
            Shape::Literal(text) => {
                self.line(&format!("{key} |-{comment}"));
                self.line(&format!("{:width$}{text}", "", width = indent + self.width));
            }
            Shape::Mapping(entries) if !is_flow && !entries.is_empty() => {
                self.line(&format!("{key}{comment}"));
                self.block(value, indent + self.width);
            }
            Shape::List(items) if !is_flow && !items.is_empty() => {
                self.line(&format!("{key}{comment}"));
                let indent = indent + self.dice.pick(&[0, self.width]);
                items.iter().for_each(|item| self.item(item, indent));
            }
            _ => {
                let flow = self.flow(value, indent + self.width);
                self.line(&format!("{key} {flow}{comment}"));
            }
        }
    }

    fn item(&mut self, item: &Shape, indent: usize) {
        let Shape::Mapping(entries) = item else {
            return;
        };
        for (number, (key, value)) in entries.iter().enumerate() {
            let before = if number == 0 { "- " } else { "  " };
            self.entry(key, value, indent + 2, &format!("{:indent$}{before}", ""));
        }
    }

    fn flow(&mut self, shape: &Shape, indent: usize) -> String {
        let (brackets, parts) = match shape {
            Shape::Scalar(written) => return written.clone(),
            Shape::Literal(text) => return format!("\"{text}\""),
            Shape::List(items) => (
                "[]",
                items
                    .iter()
                    .map(|item| self.flow(item, indent + self.width))
                    .collect(),
            ),
            Shape::Mapping(entries) => {
                let entry = |(key, value): &(&str, Shape)| {
                    let value = self.flow(value, indent + self.width);
                    match self.style {
                        Style::Tight => format!("\"{key}\":{value}"),
                        Style::Pretty => format!("\"{key}\": {value}"),
                        _ => format!("{key}: {value}"),
                    }
                };
                ("{}", entries.iter().map(entry).collect::<Vec<_>>())
            }
        };
        let (open, close) = brackets.split_at(1);
        if parts.is_empty() {
            return brackets.to_owned();
        }
        match self.style {
            Style::Tight => format!("{open}{}{close}", parts.join(",")),
            Style::Pretty => {
                let (outer, inner) = (" ".repeat(indent), " ".repeat(indent + self.width));
                let separator = format!(",{}{inner}", self.eol);
                format!(
                    "{open}{0}{inner}{1}{0}{outer}{close}",
                    self.eol,
                    parts.join(&separator)
                )
            }
            _ => {
                let gap = self.dice.pick(&["", " "]);
                format!("{open}{gap}{}{gap}{close}", parts.join(", "))
            }
        }
    }
}
