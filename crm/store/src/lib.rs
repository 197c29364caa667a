//! SQLite store: migrations, queries, search and the outbox table.
