//! The `mosaic` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    mosaic::edge::cli::main()
}
