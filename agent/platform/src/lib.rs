//! Keychain, link handlers, sleep and route changes: one small module per operating system.
