//! What we add to a company's CRM, beside a plain HTTP client that asks the same server the same in the same run. Ends with 1
//! if a bar is missed.
//!
//! | figure | bar |
//! |---|---|
//! | who has this number, through the whole agent, less the plain client's time | 50 ms at the 95th of a hundred |
//! | a queued call with its commits, less the plain client's time | 50 ms: what the quickest limit we know leaves a request (HubSpot, 190 in ten seconds) |
//! | draining a queue where the CRM takes 100 requests in ten seconds, by the least time that these take there | 1.25 |
//! | resident memory of a process with 10,000 calls in its queue, nobody there to take them | 50 MB |
#![allow(clippy::print_stdout, clippy::unwrap_used)] // a bench speaks on stdout
#![cfg_attr(not(target_os = "linux"), allow(unused))]

#[cfg(target_os = "linux")]
#[path = "../../../crm/connect/tests/emulated/mod.rs"]
mod emulated;
#[cfg(target_os = "linux")]
#[path = "../tests/house/mod.rs"]
mod house;
#[cfg(target_os = "linux")]
#[path = "../tests/office/mod.rs"]
mod office;
#[cfg(target_os = "linux")]
#[path = "../tests/sending/mod.rs"]
mod sending;

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("these figures are measured on Linux only");
}

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    linux::main()
}

#[cfg(target_os = "linux")]
mod linux {
    use std::path::Path;
    use std::process::{Command, ExitCode};
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use agent::outbox::{Connection, Outbox, Standing};
    use agent::port::clock::SystemClock;
    use agent::store::StoreHandle;
    use agent_api::command::Commands;
    use agent_api::connection_setup::{ConnectionSetup, SalesforceLogin};
    use agent_api::remote::FindRemote;
    use crm_connect::Secret;
    use crm_connect::hubspot::{Access, HubSpot};
    use crm_connect::salesforce;
    use serde_json::json;
    use tokio::runtime::Runtime;

    use crate::emulated::{Emulator, signed_in};
    use crate::office::Office;
    use crate::sending::{Kind, NAME, connection, open, organisation, saved_calls, send_all};

    const ROUNDS: u32 = 100;
    /// The child that only waits, with its queue in this folder.
    const QUEUE: &str = "TIMBRE_BENCH_QUEUE";

    pub fn main() -> ExitCode {
        let runtime = Runtime::new().unwrap();
        if let Some(place) = std::env::var_os(QUEUE) {
            runtime.block_on(wait(Path::new(&place)));
            return ExitCode::SUCCESS;
        }
        let held =
            [runtime.block_on(lookup()), runtime.block_on(drain()), runtime.block_on(within_the_limit()), queue()];
        if held.iter().all(|held| *held) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn ms(time: Duration) -> f64 {
        time.as_secs_f64() * 1000.0
    }

    fn at(times: &mut [Duration], part: f64) -> Duration {
        times.sort_unstable();
        times[((times.len() as f64 * part) as usize).min(times.len() - 1)]
    }

    fn bar(name: &str, figure: f64, most: f64, unit: &str) -> bool {
        println!("{name}: {figure:.2} {unit}, bar {most} {unit}: {}", if figure <= most { "held" } else { "MISSED" });
        figure <= most
    }

    async fn lookup() -> bool {
        let place = tempfile::tempdir().unwrap();
        let crm = Emulator::start("salesforce");
        let (session, _) = signed_in(salesforce::provider(&crm.base, "timbre", &[0]).unwrap()).await;
        let token = session.access().await.unwrap();
        let mut office = Office::on(place.path()).await;
        let login = SalesforceLogin::Own { host: crm.base.to_string() };
        let connection =
            office.connection(ConnectionSetup::Salesforce { login, client_id: "timbre".into() }, None).await;
        office.sign_in(connection).await;
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let (mut ours, mut plain) = (Vec::new(), Vec::new());
        for n in 0..=ROUNDS {
            // Another one each time: an answer counts for a minute.
            let number = format!("+1202555{:04}", 100 + n);
            let began = Instant::now();
            let found =
                office.agent().find_remote(FindRemote::Number { number: number.clone(), connection: None }).await;
            ours.push(began.elapsed());
            assert!(found.unwrap().failed.is_empty());
            let mut url = crm.base.join("services/data/v65.0/search").unwrap();
            let find = format!("FIND {{{}}} IN PHONE FIELDS RETURNING Contact(Id, Name, Phone LIMIT 50)", &number[1..]);
            url.query_pairs_mut().append_pair("q", &find);
            let began = Instant::now();
            let answer = http.get(url).bearer_auth(token.secret().reveal()).send().await.unwrap();
            assert!(answer.error_for_status().unwrap().text().await.unwrap().contains("searchRecords"));
            plain.push(began.elapsed());
        }
        // The first of each opens the connection.
        ours.remove(0);
        plain.remove(0);
        office.house.runtime.shut_down().await;
        for (name, times) in [("timbre", &mut ours), ("plain client", &mut plain)] {
            let (p50, p95, most) = (at(times, 0.5), at(times, 0.95), at(times, 1.0));
            println!("lookup  {name:13} n {ROUNDS} p50 {:.2} p95 {:.2} max {:.2} ms", ms(p50), ms(p95), ms(most));
        }
        println!("  ratio of medians {:.2}", ms(at(&mut ours, 0.5)) / ms(at(&mut plain, 0.5)));
        bar("lookup adds at p95", ms(at(&mut ours, 0.95)) - ms(at(&mut plain, 0.95)), 50.0, "ms")
    }

    async fn drain() -> bool {
        let place = tempfile::tempdir().unwrap();
        let kind = Kind::SalesforceId;
        let crm = organisation(kind, place.path()).await;
        crm.set(json!({"rotates": false, "index_waits": false, "allowance": 1_000_000})).await;
        saved_calls(place.path(), ROUNDS);
        let before = requests(&crm).await;
        let began = Instant::now();
        send_all(open(place.path()), connection(kind, place.path(), &crm.base)).await;
        let ours = began.elapsed();
        let asked = requests(&crm).await - before;

        let (session, _) = signed_in(salesforce::provider(&crm.base, "timbre", &[0]).unwrap()).await;
        let token = session.access().await.unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let began = Instant::now();
        for n in 0..asked {
            let url =
                crm.base.join(&format!("services/data/v65.0/sobjects/Task/Softphone_Call_Id__c/plain-{n}")).unwrap();
            let body =
                json!({"Subject": "Factura", "Status": "Completed", "TaskSubtype": "Call", "CallType": "Inbound"});
            let sent = http.patch(url).bearer_auth(token.secret().reveal()).json(&body).send().await.unwrap();
            sent.error_for_status().unwrap().bytes().await.unwrap();
        }
        let plain = began.elapsed();
        let calls = ROUNDS * 2;
        println!("drain   timbre        {calls} calls, {asked} requests in {:.0} ms", ms(ours));
        println!("drain   plain client  {asked} requests in {:.0} ms, ratio {:.2}", ms(plain), ms(ours) / ms(plain));
        bar("each call adds", (ms(ours) - ms(plain)) / f64::from(calls), 50.0, "ms")
    }

    /// HubSpot's limit: so many requests in so many seconds that roll.
    async fn within_the_limit() -> bool {
        const MOST: usize = 100;
        const SECONDS: usize = 10;
        let place = tempfile::tempdir().unwrap();
        let crm = Emulator::start("hubspot_crm");
        let token = Access::Token(Secret::new("pat-na1-0123456789abcdef"));
        let hubspot = HubSpot::new(crm.base.clone(), token, "CR").unwrap();
        hubspot.prepare().await.unwrap();
        saved_calls(place.path(), ROUNDS);
        let connection = Connection { name: NAME.into(), connector: Arc::new(hubspot), utc_offset_min: |_| -360 };
        let before = requests(&crm).await;
        crm.set(json!({"rolling": [MOST, SECONDS]})).await;
        let (handle, _thread) = StoreHandle::start(Box::new(open(place.path()))).unwrap();
        let began = Instant::now();
        let outbox = Outbox::start(handle.clone(), Arc::new(SystemClock), connection);
        let mut standing = outbox.standing();
        // Nobody presses «Enviar ahora».
        standing.wait_for(|one| *one == Standing::Sending).await.unwrap();
        while handle.run(|store| store.counts()).await.unwrap().to_send > 0 {
            standing.changed().await.unwrap();
        }
        let ours = began.elapsed();
        let refused = usize::try_from(crm.state().await["refused"].as_u64().unwrap()).unwrap();
        let taken = requests(&crm).await - before - refused;
        assert_eq!(crm.records("calls").await.len(), ROUNDS as usize * 2);
        let least = Duration::from_secs(((taken - 1) / MOST * SECONDS) as u64);
        println!("limit   timbre        {taken} requests, {refused} refused, {:.1} s", ours.as_secs_f64());
        println!("limit   least         {taken} requests, {MOST} in {SECONDS} s, {:.1} s", least.as_secs_f64());
        bar("drain by what the limit allows", ours.as_secs_f64() / least.as_secs_f64(), 1.25, "")
    }

    async fn requests(crm: &Emulator) -> usize {
        crm.state().await["requests"].as_array().unwrap().len()
    }

    fn queue() -> bool {
        let place = tempfile::tempdir().unwrap();
        std::fs::write(place.path().join("token"), "x").unwrap();
        saved_calls(place.path(), 5_000);
        let child = Command::new(std::env::current_exe().unwrap()).env(QUEUE, place.path()).output().unwrap();
        let told = String::from_utf8(child.stdout).unwrap();
        let kilobytes: f64 = told.trim().parse().unwrap_or_else(|_| panic!("{told}"));
        bar("10,000 calls in the queue, most resident", kilobytes / 1000.0, 50.0, "MB")
    }

    /// Opens the queue, tries to send where nobody is, counts it as the window does, and says the most memory that it took.
    async fn wait(place: &Path) {
        let (handle, _thread) = StoreHandle::start(Box::new(open(place))).unwrap();
        let nobody = url::Url::parse("http://127.0.0.1:1/").unwrap();
        let outbox =
            Outbox::start(handle.clone(), Arc::new(SystemClock), connection(Kind::SalesforceId, place, &nobody));
        let mut standing = outbox.standing();
        for _ in 0..20 {
            standing.wait_for(|one| matches!(one, Standing::Waiting { .. })).await.unwrap();
            outbox.send_now();
            standing.changed().await.unwrap();
        }
        assert_eq!(handle.run(|store| store.counts()).await.unwrap().to_send, 10_000);
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        println!("{}", line.trim().trim_end_matches(" kB"));
    }
}
