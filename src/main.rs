//! The `mosaic` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    mosaic::program::main()
}
