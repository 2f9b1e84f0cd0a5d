//! Where and when a command runs: host, tenant and time.

use jiff::Timestamp;

use crate::effects::os::host;

/// Where and when.
#[derive(Debug, Clone)]
pub(crate) struct Here {
    /// Name of the host.
    pub host: String,
    /// The host's own id, which does not tell its machine id.
    pub host_id: Option<String>,
    /// Number of the user.
    pub tenant_id: String,
    /// Time by the host's clock.
    pub at: Timestamp,
}

/// Here and now.
pub(crate) fn here() -> Here {
    Here {
        host: host::host_name(),
        host_id: host::host_id(),
        tenant_id: host::effective_uid().to_string(),
        at: host::now(),
    }
}
