//! A way to a server on this machine that is cut behind any byte which the server sends.
#![allow(clippy::unwrap_used)] // tests

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

#[derive(Default)]
struct Plan {
    /// How many connections there were.
    count: usize,
    /// Which of them ends, and behind how many bytes more.
    cut: Option<(usize, usize)>,
}

pub struct Relay {
    pub port: u16,
    plan: Arc<Mutex<Plan>>,
}

impl Relay {
    /// A way to this port.
    pub async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let relay = Self { port: listener.local_addr().unwrap().port(), plan: Arc::default() };
        let plan = Arc::clone(&relay.plan);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                for stream in [&client, &server] {
                    stream.set_nodelay(true).unwrap();
                }
                let number = {
                    let mut plan = plan.lock().unwrap();
                    plan.count += 1;
                    plan.count
                };
                tokio::spawn(pass(client, server, number, Arc::clone(&plan)));
            }
        });
        relay
    }

    /// The next connection ends behind so many bytes.
    pub fn cut_next(&self, bytes: usize) {
        let mut plan = self.plan.lock().unwrap();
        plan.cut = Some((plan.count + 1, bytes));
    }

    /// The last connection ends behind so many bytes more.
    pub fn cut_last(&self, bytes: usize) {
        let mut plan = self.plan.lock().unwrap();
        plan.cut = Some((plan.count, bytes));
    }

    /// Nothing is cut any more; whether so many bytes never came.
    pub fn calm(&self) -> bool {
        self.plan.lock().unwrap().cut.take().is_some()
    }
}

async fn pass(client: TcpStream, server: TcpStream, number: usize, plan: Arc<Mutex<Plan>>) {
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
        (client.into_split(), server.into_split());
    let there = tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
    let mut part = vec![0; 16 * 1024];
    while let Ok(size @ 1..) = from_server.read(&mut part).await {
        let passes = {
            let mut plan = plan.lock().unwrap();
            match plan.cut.filter(|(of, _)| *of == number) {
                Some((_, left)) if size > left => {
                    plan.cut = None;
                    left
                }
                Some((_, left)) => {
                    plan.cut = Some((number, left - size));
                    size
                }
                None => size,
            }
        };
        if to_client.write_all(&part[..passes]).await.is_err() || passes < size {
            break;
        }
    }
    // The client's side of it ends, too.
    drop(to_client);
    there.abort();
}
