//! Composition: joins the agent and its adapters for the shell, the command line and tests.
