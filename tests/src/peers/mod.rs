//! Real SIP peers from the distribution's packages, each in a temporary folder of its own, on free loopback ports.
//! A peer ends with the value that owns it.

mod baresip;
mod certificate;
mod coturn;
mod kamailio;
mod linphone;
#[cfg(target_os = "linux")]
pub mod place;
mod process;
mod pulse;
mod rtpengine;
mod sipp;

pub use baresip::{Baresip, BaresipConfig};
pub use certificate::Certificates;
pub use coturn::Coturn;
pub use kamailio::{Kamailio, REALM, User};
pub use linphone::Linphone;
pub use process::{Peer, free_port, free_port_pair_range, wait_until};
pub use pulse::{PulseServer, VirtualCard};
pub use rtpengine::RtpEngine;
pub use sipp::Sipp;
