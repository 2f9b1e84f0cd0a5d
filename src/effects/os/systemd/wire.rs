//! Messages of D-Bus, as far as a manager is asked by them: calls with texts in them, and the values that are answered
//! (D-Bus specification, "Message Protocol" and "Marshaling").

/// The kinds of messages that matter here; the manager sends its signals unasked.
const CALL: u8 = 1;
const ANSWER: u8 = 2;
const ERROR: u8 = 3;
/// Fields of a message's head.
const PATH: u8 = 1;
const INTERFACE: u8 = 2;
const MEMBER: u8 = 3;
const REPLY_SERIAL: u8 = 5;
const DESTINATION: u8 = 6;
const SIGNATURE: u8 = 8;
/// Bytes of the head that every message has, with the length of its fields.
const HEAD: usize = 16;
/// Bytes past which a message is no answer.
const MESSAGE_MAX: usize = 8 << 20;

/// What is asked of an object: one of its methods, with texts and lists of texts.
pub(super) struct Call<'a> {
    pub(super) path: &'a str,
    pub(super) interface: &'a str,
    pub(super) member: &'a str,
    pub(super) arguments: &'a [Argument<'a>],
}

/// What a method is given.
pub(super) enum Argument<'a> {
    Text(&'a str),
    Texts(&'a [&'a str]),
}

/// A value that was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// A number of any size, or a yes (1) or no.
    Number(i64),
    /// A text, or the path of an object.
    Text(String),
    /// An array, or a structure.
    List(Vec<Value>),
}

impl Value {
    pub(super) fn number(&self) -> i64 {
        match self {
            Self::Number(number) => *number,
            _ => 0,
        }
    }

    pub(super) fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            _ => "",
        }
    }

    pub(super) fn list(&self) -> &[Self] {
        match self {
            Self::List(values) => values,
            _ => &[],
        }
    }
}

/// A message that came.
pub(super) enum Message {
    /// The first value of an answer, and the number of the call.
    Answer(u32, Option<Value>),
    /// The words of a refusal.
    Error(String),
    /// One that nobody asked for.
    Other,
}

impl Call<'_> {
    /// The message, to whoever is at the other end under this name.
    pub(super) fn message(&self, serial: u32, destination: &str) -> Vec<u8> {
        let mut body = Vec::new();
        let mut signature = String::new();
        for argument in self.arguments {
            match argument {
                Argument::Text(text) => {
                    signature.push('s');
                    put_text(&mut body, text);
                }
                Argument::Texts(texts) => {
                    signature.push_str("as");
                    put_array(&mut body, texts);
                }
            }
        }
        let mut fields = Vec::new();
        for (field, kind, text) in [
            (PATH, 'o', self.path),
            (INTERFACE, 's', self.interface),
            (MEMBER, 's', self.member),
            (DESTINATION, 's', destination),
            (SIGNATURE, 'g', &signature),
        ] {
            pad(&mut fields, 8);
            fields.extend([field, 1, kind as u8, 0]);
            if kind == 'g' {
                fields.push(u8::try_from(text.len()).unwrap_or(u8::MAX));
                fields.extend([text.as_bytes(), &[0]].concat());
            } else {
                put_text(&mut fields, text);
            }
        }
        let mut message = vec![b'l', CALL, 0, 1];
        for number in [length(&body), serial, length(&fields)] {
            message.extend(number.to_le_bytes());
        }
        message.extend(fields);
        pad(&mut message, 8);
        message.extend(body);
        message
    }
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

fn pad(bytes: &mut Vec<u8>, to: usize) {
    bytes.resize(bytes.len().next_multiple_of(to), 0);
}

fn put_text(bytes: &mut Vec<u8>, text: &str) {
    pad(bytes, 4);
    bytes.extend(length(text.as_bytes()).to_le_bytes());
    bytes.extend(text.as_bytes());
    bytes.push(0);
}

fn put_array(bytes: &mut Vec<u8>, texts: &[&str]) {
    let mut items = Vec::new();
    texts.iter().for_each(|text| put_text(&mut items, text));
    pad(bytes, 4);
    bytes.extend(length(&items).to_le_bytes());
    bytes.extend(items);
}

/// The length of the message at the beginning of these bytes, as soon as that can be told. Fails for what is none, or is
/// in another order of bytes than this program's.
pub(super) fn message_length(bytes: &[u8]) -> Result<Option<usize>, &'static str> {
    let Some(head) = bytes.get(..HEAD) else {
        return Ok(None);
    };
    if head[0] != b'l' || head[3] != 1 {
        return Err("it speaks no D-Bus that is known here");
    }
    let number = |at: usize| head[at..at + 4].try_into().map_or(0, u32::from_le_bytes) as usize;
    let length = HEAD.saturating_add(number(12)).next_multiple_of(8);
    let length = length.saturating_add(number(4));
    if length > MESSAGE_MAX {
        return Err("it answers more than anybody asked for");
    }
    Ok(Some(length))
}

/// Reads one whole message; `None` where it is not as it should be.
pub(super) fn read(message: &[u8]) -> Option<Message> {
    let mut reader = Reader {
        bytes: message,
        at: HEAD - 4,
    };
    let fields = reader.value(&mut "a(yv)".bytes().collect::<Vec<_>>().as_slice())?;
    let field = |wanted: u8| {
        let wanted = Value::Number(wanted.into());
        let mut fields = fields.list().iter().map(Value::list);
        let field = fields.find(|field| field.first() == Some(&wanted))?;
        field.get(1)
    };
    let signature = field(SIGNATURE).map_or("", Value::text);
    reader.align(8)?;
    let body = match signature {
        "" => None,
        signature => Some(reader.value(&mut signature.as_bytes())?),
    };
    let serial = || u32::try_from(field(REPLY_SERIAL)?.number()).ok();
    match *message.get(1)? {
        ANSWER => Some(Message::Answer(serial()?, body)),
        ERROR => Some(Message::Error(
            body.as_ref().map_or("", Value::text).to_owned(),
        )),
        _ => Some(Message::Other),
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn align(&mut self, to: usize) -> Option<()> {
        self.at = self.at.next_multiple_of(to);
        (self.at <= self.bytes.len()).then_some(())
    }

    fn take(&mut self, count: usize) -> Option<&[u8]> {
        let end = self.at.checked_add(count)?;
        let taken = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    /// A number of so many bytes, which it begins at a multiple of.
    fn number(&mut self, size: usize, is_signed: bool) -> Option<i64> {
        self.align(size)?;
        let taken = self.take(size)?;
        let is_negative = is_signed && taken.last()? & 0x80 != 0;
        let mut bytes = [if is_negative { 0xff } else { 0 }; 8];
        bytes[..size].copy_from_slice(taken);
        Some(i64::from_le_bytes(bytes))
    }

    fn text(&mut self, size: usize) -> Option<Value> {
        let count = usize::try_from(self.number(size, false)?).ok()?;
        let text = String::from_utf8(self.take(count)?.to_vec()).ok()?;
        self.take(1)?;
        Some(Value::Text(text))
    }

    /// The value that a signature begins with, which is taken off it.
    fn value(&mut self, signature: &mut &[u8]) -> Option<Value> {
        let (kind, rest) = signature.split_first()?;
        *signature = rest;
        match kind {
            b'y' => self.number(1, false).map(Value::Number),
            b'n' => self.number(2, true).map(Value::Number),
            b'q' => self.number(2, false).map(Value::Number),
            b'i' => self.number(4, true).map(Value::Number),
            b'b' | b'u' | b'h' => self.number(4, false).map(Value::Number),
            b'x' | b't' | b'd' => self.number(8, true).map(Value::Number),
            b's' | b'o' => self.text(4),
            b'g' => self.text(1),
            b'v' => {
                let Value::Text(inner) = self.text(1)? else {
                    return None;
                };
                self.value(&mut inner.as_bytes())
            }
            b'a' => self.array(signature),
            b'(' | b'{' => self.structure(signature),
            _ => None,
        }
    }

    fn array(&mut self, signature: &mut &[u8]) -> Option<Value> {
        let size = usize::try_from(self.number(4, false)?).ok()?;
        let item = *signature;
        *signature = after_type(item)?;
        self.align(match item.first()? {
            b'x' | b't' | b'd' | b'(' | b'{' => 8,
            b'n' | b'q' => 2,
            b'y' | b'g' | b'v' => 1,
            _ => 4,
        })?;
        let end = self.at.checked_add(size)?;
        let mut items = Vec::new();
        while self.at < end {
            items.push(self.value(&mut { item })?);
        }
        (self.at == end).then_some(Value::List(items))
    }

    fn structure(&mut self, signature: &mut &[u8]) -> Option<Value> {
        self.align(8)?;
        let mut members = Vec::new();
        while !matches!(signature.first()?, b')' | b'}') {
            members.push(self.value(signature)?);
        }
        *signature = &signature[1..];
        Some(Value::List(members))
    }
}

/// What comes in a signature after its first whole type.
fn after_type(signature: &[u8]) -> Option<&[u8]> {
    let (kind, mut rest) = signature.split_first()?;
    match kind {
        b'a' => after_type(rest),
        b'(' | b'{' => {
            while !matches!(rest.first()?, b')' | b'}') {
                rest = after_type(rest)?;
            }
            Some(&rest[1..])
        }
        _ => Some(rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An answer to call 7, `as` with two texts, as a manager sends it.
    fn answer() -> Vec<u8> {
        let mut fields = vec![REPLY_SERIAL, 1, b'u', 0];
        fields.extend(7_u32.to_le_bytes());
        fields.extend([SIGNATURE, 1, b'g', 0, 2, b'a', b's', 0]);
        let mut body = Vec::new();
        put_array(&mut body, &["a", "bc"]);
        let mut message = vec![b'l', ANSWER, 0, 1];
        for number in [length(&body), 1, length(&fields)] {
            message.extend(number.to_le_bytes());
        }
        [message, fields, body].concat()
    }

    #[test]
    fn an_answer_is_read() {
        let answer = answer();
        assert_eq!(message_length(&answer), Ok(Some(answer.len())));
        let Some(Message::Answer(7, Some(value))) = read(&answer) else {
            panic!("no answer");
        };
        let texts: Vec<_> = value.list().iter().map(Value::text).collect();
        assert_eq!(texts, ["a", "bc"]);
    }

    #[test]
    fn what_is_no_message_is_none() {
        let answer = answer();
        for end in 0..answer.len() {
            assert!(read(&answer[..end]).is_none(), "{end}");
        }
        // Whatever one byte becomes, it is read to its end or not at all.
        for at in 0..answer.len() {
            let read_as = |byte: u8| {
                let mut broken = answer.clone();
                broken[at] = byte;
                read(&broken).is_some()
            };
            assert!((0..=u8::MAX).filter(|byte| read_as(*byte)).count() > 0);
        }
        assert!(message_length(b"HTTP/1.1 400 Bad").is_err());
        let huge = [b"l\x02\0\x01".as_slice(), &[0xff; 12]].concat();
        assert!(message_length(&huge).is_err());
    }
}
