//! Answers in the three shapes that the runtimes speak, whole or as events.

use serde_json::{Value, json};

use super::{Asked, Wanted};

/// The language of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// `/v1/messages`.
    Messages,
    /// `/v1/messages/count_tokens`.
    Count,
    /// `/v1/responses`.
    Responses,
    /// `/v1/chat/completions`.
    Chat,
}

impl Shape {
    pub fn of(path: &str) -> Option<Self> {
        let path = path.split('?').next().expect("a first part");
        [
            ("/messages", Self::Messages),
            ("/count_tokens", Self::Count),
            ("/responses", Self::Responses),
            ("/chat/completions", Self::Chat),
        ]
        .into_iter()
        .find_map(|(end, shape)| path.ends_with(end).then_some(shape))
    }
}

/// A part of an answer.
pub enum Part {
    Text(String),
    Tool { name: String, input: Value },
}

pub fn models() -> Value {
    json!({"object": "list", "data": [{"id": "mock", "object": "model", "type": "model"}]})
}

/// What goes into the answer: a text, and the command where one is wanted and a shell is offered.
pub fn parts(shape: Shape, asked: &Asked, wanted: &Wanted, place: usize) -> Vec<Part> {
    let text = Part::Text(format!("Answer number {place}."));
    let Some(command) = &wanted.command else {
        return vec![text];
    };
    let shells = ["Bash", "bash", "exec_command", "shell_command", "shell"];
    let known = |name: &&String| shells.contains(&name.as_str());
    let name = asked.tools.iter().find(known).expect("a shell is offered");
    vec![
        text,
        Part::Tool {
            name: name.clone(),
            input: input(shape, name, command),
        },
    ]
}

fn input(shape: Shape, name: &str, command: &str) -> Value {
    match (shape, name) {
        // Without this it would be run in the sandbox, and nobody would be asked.
        (Shape::Responses, "exec_command") => json!({
            "cmd": command, "sandbox_permissions": "require_escalated", "justification": "May I?",
        }),
        (Shape::Responses, "shell") => json!({
            "command": ["bash", "-lc", command], "sandbox_permissions": "require_escalated",
            "justification": "May I?",
        }),
        (Shape::Responses, _) => json!({
            "command": command, "sandbox_permissions": "require_escalated", "justification": "May I?",
        }),
        _ => json!({"command": command, "description": "A command"}),
    }
}

pub fn error(shape: Shape, status: u16) -> Value {
    let kind = match status {
        429 => "rate_limit_error",
        529 => "overloaded_error",
        _ => "api_error",
    };
    let message = format!("failed on purpose with {status}");
    match shape {
        Shape::Messages | Shape::Count => {
            json!({"type": "error", "error": {"type": kind, "message": message}})
        }
        Shape::Responses | Shape::Chat => {
            json!({"error": {"type": kind, "code": kind, "message": message}})
        }
    }
}

pub fn whole(shape: Shape, parts: &[Part], place: usize) -> Value {
    match shape {
        Shape::Count => json!({"input_tokens": 1000}),
        Shape::Messages => message(parts, place),
        Shape::Responses => response(parts, place),
        Shape::Chat => json!({
            "id": format!("chat_{place}"), "object": "chat.completion", "model": "mock", "created": 1,
            "choices": [{"index": 0, "finish_reason": finish(parts), "message": chat_delta(parts, place)}],
            "usage": chat_usage(),
        }),
    }
}

pub fn events(shape: Shape, parts: &[Part], place: usize) -> Vec<String> {
    match shape {
        Shape::Messages | Shape::Count => message_events(parts, place),
        Shape::Responses => response_events(parts, place),
        Shape::Chat => chat_events(parts, place),
    }
}

fn has_tool(parts: &[Part]) -> bool {
    parts.iter().any(|part| matches!(part, Part::Tool { .. }))
}

fn event(value: &Value) -> String {
    let kind = value["type"].as_str().expect("a type");
    format!("event: {kind}\ndata: {value}\n\n")
}

fn message(parts: &[Part], place: usize) -> Value {
    let block = |part: &Part| match part {
        Part::Text(text) => json!({"type": "text", "text": text}),
        Part::Tool { name, input } => {
            json!({"type": "tool_use", "id": format!("toolu_{place}"), "name": name, "input": input})
        }
    };
    let content: Vec<_> = parts.iter().map(block).collect();
    let reason = if has_tool(parts) {
        "tool_use"
    } else {
        "end_turn"
    };
    json!({
        "id": format!("msg_{place}"), "type": "message", "role": "assistant", "model": "mock",
        "content": content, "stop_reason": reason, "stop_sequence": null,
        "usage": {"input_tokens": 1000, "output_tokens": 10},
    })
}

fn message_events(parts: &[Part], place: usize) -> Vec<String> {
    let mut begin = message(&[], place);
    begin["stop_reason"] = Value::Null;
    let mut events = vec![event(&json!({"type": "message_start", "message": begin}))];
    for (index, part) in parts.iter().enumerate() {
        let (block, delta) = match part {
            Part::Text(text) => (
                json!({"type": "text", "text": ""}),
                json!({"type": "text_delta", "text": text}),
            ),
            Part::Tool { name, input } => (
                json!({"type": "tool_use", "id": format!("toolu_{place}"), "name": name, "input": {}}),
                json!({"type": "input_json_delta", "partial_json": input.to_string()}),
            ),
        };
        events.push(event(
            &json!({"type": "content_block_start", "index": index, "content_block": block}),
        ));
        events.push(event(
            &json!({"type": "content_block_delta", "index": index, "delta": delta}),
        ));
        events.push(event(
            &json!({"type": "content_block_stop", "index": index}),
        ));
    }
    let end = message(parts, place);
    let delta = json!({"stop_reason": end["stop_reason"], "stop_sequence": null});
    events.push(
        event(&json!({"type": "message_delta", "delta": delta, "usage": {"output_tokens": 10}}))
            + &event(&json!({"type": "message_stop"})),
    );
    events
}

fn items(parts: &[Part], place: usize) -> Vec<Value> {
    let item = |part: &Part| match part {
        Part::Text(text) => json!({
            "type": "message", "id": format!("msg_{place}"), "role": "assistant", "status": "completed",
            "content": [{"type": "output_text", "text": text, "annotations": []}],
        }),
        Part::Tool { name, input } => json!({
            "type": "function_call", "id": format!("fc_{place}"), "call_id": format!("call_{place}"),
            "name": name, "arguments": input.to_string(), "status": "completed",
        }),
    };
    parts.iter().map(item).collect()
}

fn response(parts: &[Part], place: usize) -> Value {
    json!({
        "id": format!("resp_{place}"), "object": "response", "status": "completed", "model": "mock",
        "output": items(parts, place),
        "usage": {
            "input_tokens": 1000, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 10,
            "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 1010,
        },
    })
}

fn response_events(parts: &[Part], place: usize) -> Vec<String> {
    let begin =
        json!({"id": format!("resp_{place}"), "object": "response", "status": "in_progress"});
    let mut events = vec![event(
        &json!({"type": "response.created", "response": begin}),
    )];
    for (index, item) in items(parts, place).into_iter().enumerate() {
        events.push(event(
            &json!({"type": "response.output_item.added", "output_index": index, "item": item}),
        ));
        events.push(event(
            &json!({"type": "response.output_item.done", "output_index": index, "item": item}),
        ));
    }
    events.push(event(
        &json!({"type": "response.completed", "response": response(parts, place)}),
    ));
    events
}

fn finish(parts: &[Part]) -> &'static str {
    if has_tool(parts) {
        "tool_calls"
    } else {
        "stop"
    }
}

fn chat_usage() -> Value {
    json!({"prompt_tokens": 1000, "completion_tokens": 10, "total_tokens": 1010})
}

fn chat_delta(parts: &[Part], place: usize) -> Value {
    let mut delta = json!({"role": "assistant", "content": ""});
    for part in parts {
        match part {
            Part::Text(text) => delta["content"] = text.as_str().into(),
            Part::Tool { name, input } => {
                delta["tool_calls"] = json!([{
                    "index": 0, "id": format!("call_{place}"), "type": "function",
                    "function": {"name": name, "arguments": input.to_string()},
                }]);
            }
        }
    }
    delta
}

fn chat_events(parts: &[Part], place: usize) -> Vec<String> {
    let chunk = |delta: Value, finish: Value, usage: Value| {
        let chunk = json!({
            "id": format!("chat_{place}"), "object": "chat.completion.chunk", "model": "mock", "created": 1,
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], "usage": usage,
        });
        format!("data: {chunk}\n\n")
    };
    vec![
        chunk(chat_delta(parts, place), Value::Null, Value::Null),
        chunk(json!({}), finish(parts).into(), chat_usage()) + "data: [DONE]\n\n",
    ]
}
