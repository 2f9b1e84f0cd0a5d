//! Reports: documents for programs, text for people, and the one voice that says both.

pub(crate) mod agent_text;
pub(crate) mod change_document;
pub(crate) mod delta_text;
pub(crate) mod document;
pub(crate) mod fault;
pub(crate) mod full_screen;
pub(crate) mod keys;
pub(crate) mod layout;
pub(crate) mod manual;
pub(crate) mod matrix;
pub(crate) mod migration_text;
pub(crate) mod narrator;
pub(crate) mod ordered_text;
pub(crate) mod output;
pub(crate) mod pending_text;
pub(crate) mod plan_text;
pub(crate) mod progress;
pub(crate) mod question;
pub(crate) mod stale_text;
pub(crate) mod stamp;
pub(crate) mod table;
pub(crate) mod topics;
