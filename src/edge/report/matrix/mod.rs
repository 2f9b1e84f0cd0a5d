//! Reports of the migration matrix: a document for programs, a table for people, JUnit for CI, and a page.

pub(crate) mod document;
pub(crate) mod junit;
pub(crate) mod page;
pub(crate) mod table;
