//! Run ids: how one is made, and how its age is read from its end.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

static SEQUENCE: AtomicU64 = AtomicU64::new(0);

/// RUN-1, RUN-2.
pub fn generate(algorithm_name: &str) -> String {
    let n = SEQUENCE.fetch_add(1, Ordering::Relaxed);
    format!("{algorithm_name}-{}-{n:020}-{}", std::process::id(), now_ms())
}

/// Milliseconds since the epoch; 0 before it (RUN-3).
pub(crate) fn now_ms() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis())
}

/// RUN-6, which is how `u128::from_str` reads.
pub fn timestamp(run_id: &str) -> Option<u128> {
    let (_, tail) = run_id.rsplit_once('-')?;
    tail.parse().ok()
}
