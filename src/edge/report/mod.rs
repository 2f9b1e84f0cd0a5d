//! Reports: documents for programs, text for people, and the one voice that says both.

pub mod change_document;
pub mod delta_text;
pub mod document;
pub mod fault;
pub mod layout;
pub mod matrix;
pub mod migration_text;
pub mod narrator;
pub mod output;
pub mod pending_text;
pub mod plan_text;
pub mod progress;
pub mod question;
pub mod stale_text;
