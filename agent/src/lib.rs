//! The headless application: use cases, call desk, outbox.
