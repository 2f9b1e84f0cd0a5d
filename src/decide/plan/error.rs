//! Reasons for no plan: it is refused, or something that it needs cannot be read.

/// A plan, or a part of one, that may be refused for a reason `R` or rest on something unreadable.
pub(crate) type Planned<T, R, E> = Result<T, PlanError<R, E>>;

/// The reason why there is no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError<R, E> {
    /// The plan is refused.
    #[error("{0}")]
    Refused(R),
    /// Something could not be read.
    #[error("{0}")]
    Unreadable(E),
}

/// The unreadable comes by `?`; a refusal is always said.
impl<R, E> From<E> for PlanError<R, E> {
    fn from(error: E) -> Self {
        Self::Unreadable(error)
    }
}
