//! Contacts, leads, calls, dispositions, matching and the outbox policy, without IO.
