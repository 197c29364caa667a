//! The practice line: a SIP peer of its own on loopback, registrar, echo line and training caller.
