//! A name server of a few lines.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use hickory_resolver::proto::op::{Message, OpCode, Query, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, NAPTR, SRV};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use tokio::net::UdpSocket;

/// What the server knows.
#[derive(Default)]
pub struct Zone {
    records: BTreeMap<Name, Vec<RData>>,
    broken: bool,
}

/// The server, and what it was asked.
pub struct NameServer {
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<(String, RecordType)>>>,
}

fn name(text: &str) -> Name {
    Name::from_ascii(format!("{text}.")).unwrap()
}

impl Zone {
    pub fn address(self, host: &str, ip: Ipv4Addr) -> Self {
        self.with(host, RData::A(A(ip)))
    }

    pub fn service(self, service: &str, priority: u16, port: u16, host: &str) -> Self {
        self.with(service, RData::SRV(SRV::new(priority, 10, port, name(host))))
    }

    /// A NAPTR record: who speaks `service` (such as `SIP+D2U`) asks for the SRV records of `to`.
    pub fn offer(self, domain: &str, order: u16, service: &str, to: &str) -> Self {
        let (flags, service) = (Box::from(b"s".as_slice()), Box::from(service.as_bytes()));
        self.with(domain, RData::NAPTR(NAPTR::new(order, 10, flags, service, Box::default(), name(to))))
    }

    /// Answers every question with SERVFAIL.
    pub fn broken() -> Self {
        Self { broken: true, ..Self::default() }
    }

    fn with(mut self, owner: &str, data: RData) -> Self {
        self.records.entry(name(owner)).or_default().push(data);
        self
    }

    pub async fn serve(self) -> NameServer {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let server = NameServer { address: socket.local_addr().unwrap(), asked: Arc::default() };
        let asked = server.asked.clone();
        tokio::spawn(async move {
            let mut buffer = [0; 2048];
            loop {
                let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
                let question = Message::from_vec(&buffer[..length]).unwrap();
                let query = question.queries[0].clone();
                asked.lock().unwrap().push((query.name().to_ascii(), query.query_type()));
                let answer = self.answer(question.metadata.id, query);
                socket.send_to(&answer.to_vec().unwrap(), from).await.unwrap();
            }
        });
        server
    }

    fn answer(&self, id: u16, query: Query) -> Message {
        let mut answer = Message::response(id, OpCode::Query);
        match self.records.get(query.name()) {
            _ if self.broken => answer.metadata.response_code = ResponseCode::ServFail,
            None => answer.metadata.response_code = ResponseCode::NXDomain,
            Some(records) => {
                let fitting = records.iter().filter(|data| data.record_type() == query.query_type());
                answer.add_answers(fitting.map(|data| Record::from_rdata(query.name().clone(), 60, data.clone())));
            }
        }
        answer.add_query(query);
        answer
    }
}

impl NameServer {
    /// Whether it was asked for this.
    pub fn was_asked(&self, owner: &str, kind: RecordType) -> bool {
        self.asked
            .lock()
            .unwrap()
            .iter()
            .any(|(name, asked)| name.eq_ignore_ascii_case(&format!("{owner}.")) && *asked == kind)
    }

    /// A zone with one host on loopback.
    pub async fn with_loopback(host: &str) -> Self {
        Zone::default().address(host, Ipv4Addr::LOCALHOST).serve().await
    }
}

/// Loopback, as targets name it.
pub const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
