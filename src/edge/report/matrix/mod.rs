//! Reports of the migration matrix: a document for programs, a table for people, JUnit for CI, and a page.

pub mod document;
pub mod junit;
pub mod page;
pub mod table;
