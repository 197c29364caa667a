//! Via handling of a server: noting where a request came from, and where its responses go.

use std::net::SocketAddr;

use crate::message::{HeaderName, Headers, Request, Via, list};

use super::Hop;

/// Writes `received` and `rport` into the topmost Via of a request that came from `source` (RFC 3261 §18.2.1, RFC 3581
/// §4). Other Vias stay as they came, readable or not. Returns the Via as it stands now; `None` if it cannot be read.
pub fn stamp_received(request: &mut Request, source: SocketAddr) -> Option<Via> {
    let mut via = request.headers.top_via().ok()?;
    via.observe(source);
    replace_top_via(&mut request.headers, &via);
    Some(via)
}

fn replace_top_via(headers: &mut Headers, top: &Via) {
    let raw: Vec<_> = headers.all(&HeaderName::Via).cloned().collect();
    headers.remove(&HeaderName::Via);
    headers.push(HeaderName::Via, top.to_string());
    let of_first = raw.iter().take(1).flat_map(|raw| list(raw).skip(1).map(<[u8]>::to_vec));
    let below = of_first.chain(raw.iter().skip(1).map(|raw| raw.to_vec()));
    for value in below.collect::<Vec<_>>() {
        headers.push(HeaderName::Via, value);
    }
}

/// Where the responses to a request go: back on its flow; for datagrams to the source address, and to its source port
/// if `rport` was asked for, else to the port of sent-by (RFC 3261 §18.2.2, RFC 3581 §4).
#[must_use]
pub fn response_destination(came_by: Hop, via: &Via) -> Hop {
    if came_by.transport.is_reliable() || via.has_rport() {
        return came_by;
    }
    let port = via.port.unwrap_or(came_by.transport.default_port());
    Hop { remote: SocketAddr::new(came_by.remote.ip(), port), ..came_by }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Method;
    use crate::transport::{FlowId, Transport};

    fn request(via: &str) -> Request {
        Request::new(Method::Options, "sip:a@h".parse().unwrap()).with("Via", via).with("Via", "garbage, SIP/2.0/UDP c")
    }

    fn hop() -> Hop {
        Hop { flow: FlowId(1), remote: "192.0.2.7:4711".parse().unwrap(), transport: Transport::Udp }
    }

    #[test]
    fn only_the_top_via_changes() {
        let mut request = request("SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bKx;rport, SIP/2.0/UDP b");
        let via = stamp_received(&mut request, hop().remote).unwrap();
        assert_eq!(response_destination(hop(), &via), hop());
        let raw: Vec<_> =
            request.headers.all(&HeaderName::Via).map(|v| String::from_utf8_lossy(v).into_owned()).collect();
        assert_eq!(raw[0], "SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bKx;rport=4711;received=192.0.2.7");
        assert_eq!(raw[1..], ["SIP/2.0/UDP b", "garbage, SIP/2.0/UDP c"]);
    }

    #[test]
    fn without_rport_the_port_is_that_of_sent_by() {
        let mut request = request("SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bKx");
        let via = stamp_received(&mut request, hop().remote).unwrap();
        assert_eq!(response_destination(hop(), &via).remote, "192.0.2.7:5070".parse().unwrap());
        let tcp = Hop { transport: Transport::Tcp, ..hop() };
        assert_eq!(response_destination(tcp, &via), tcp);
    }
}
