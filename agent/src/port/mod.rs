//! What the agent needs of the world, each behind one narrow port.
//!
//! The phone is the pair of channels that `sip_stack::ua` defines; the store is `crm::Store`. The rest is here.

pub mod clock;
pub mod connect;
pub mod external;
pub mod headset;
pub mod media;
pub mod practice;
pub mod recordings;
pub mod secret;
pub mod surroundings;
