//! What a request asks, out of any of the three bodies.

use serde_json::Value;

/// A request's body, as far as the service cares.
#[derive(Debug, Default)]
pub struct Asked {
    pub messages: usize,
    pub last_text: String,
    /// All that users said, from the first on.
    pub said: Vec<String>,
    pub is_after_tool: bool,
    pub is_stream: bool,
    /// Names of the tools that are offered.
    pub tools: Vec<String>,
}

impl Asked {
    pub fn read(body: &[u8]) -> Self {
        let body: Value = serde_json::from_slice(body).expect("a request's body is JSON");
        let list = |key: &str| body[key].as_array().map_or(&[][..], Vec::as_slice);
        let messages = match list("messages") {
            [] => list("input"),
            messages => messages,
        };
        Self {
            messages: messages.len(),
            last_text: messages
                .iter()
                .rev()
                .find_map(said_by_user)
                .unwrap_or_default(),
            said: messages.iter().filter_map(said_by_user).collect(),
            is_after_tool: messages
                .iter()
                .rev()
                .find(|one| is_spoken(one))
                .is_some_and(is_of_tool),
            is_stream: body["stream"] == true,
            tools: list("tools").iter().filter_map(name).collect(),
        }
    }
}

/// The name stands in the tool, or in its function.
fn name(tool: &Value) -> Option<String> {
    let name = tool["name"].as_str().or(tool["function"]["name"].as_str());
    name.map(str::to_owned)
}

/// Whether it is a turn of somebody's, and no instruction that a runtime puts behind.
fn is_spoken(message: &Value) -> bool {
    !matches!(message["role"].as_str(), Some("system" | "developer"))
}

/// Whether a tool's result comes last: somebody may have said more behind it, in the same message.
fn is_of_tool(message: &Value) -> bool {
    let blocks = message["content"].as_array().map_or(&[][..], Vec::as_slice);
    let is_said = |block: &Value| block["text"].as_str().is_some_and(|text| !is_remark(text));
    let is_either = |block: &&Value| block["type"] == "tool_result" || is_said(block);
    message["role"] == "tool"
        || message["type"] == "function_call_output"
        || message["type"] == "custom_tool_call_output"
        || blocks
            .iter()
            .rfind(is_either)
            .is_some_and(|block| block["type"] == "tool_result")
}

/// Whether a text is one that a runtime puts into what the user says.
fn is_remark(text: &str) -> bool {
    text.trim_start().starts_with('<')
}

/// The last text in a message of the user's that is not the runtime's own remark.
fn said_by_user(message: &Value) -> Option<String> {
    if message["role"] != "user" {
        return None;
    }
    let texts: Vec<_> = match &message["content"] {
        Value::String(text) => vec![text.as_str()],
        Value::Array(blocks) => blocks
            .iter()
            .filter_map(|block| block["text"].as_str())
            .collect(),
        _ => Vec::new(),
    };
    texts
        .iter()
        .rfind(|text| !is_remark(text))
        .map(ToString::to_string)
}
