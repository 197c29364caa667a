//! What the window is measured by.

use std::path::Path;
use std::time::{Duration, Instant};

use acceptance::peers::{Peer, wait_until};
use anyhow::{Context, Result, bail, ensure};

use super::Plan;
use super::cost;
use super::desk::Desk;
use super::exchange::Exchange;
use super::figures::{Report, Sample};
use super::phone::Phone;

/// From the link to the INVITE, ms.
const WARM_BAR: f64 = 300.0;
const COLD_BAR: f64 = 1_500.0;
/// From the INVITE to the painted pop-up, ms.
const POPUP_BAR: f64 = 150.0;
/// Processor time while idle, % of a core.
const IDLE_BAR: f64 = 1.0;
/// Memory of all processes, MB.
const MEMORY_BAR: f64 = 230.0;

/// From one link's INVITE to the next link. Three links in ten seconds are dialled without a question; were this counted
/// between links, one that comes late on a busy machine would make the fourth come too soon.
const PACE: Duration = Duration::from_millis(3_500);
const WINDOW: Duration = Duration::from_millis(250);

/// Pictures of what went wrong.
const PICTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/bench");

/// Measures one phone; the samples are in the order of the figures.
type Measure<const N: usize> = fn(&Phone, &Desk, &mut Exchange, usize) -> Result<[Sample; N]>;

/// Peers and their samples.
type Peers<const N: usize> = Vec<(&'static str, [Sample; N])>;

/// Ours first, then every peer that is installed.
fn phones(plan: &Plan) -> Vec<Phone> {
    std::iter::once(Phone::timbre(plan.programs.join("timbre"))).chain(Phone::twinkle()).collect()
}

/// Ours and the peers' samples.
fn each<const N: usize>(phones: &[Phone], plan: &Plan, measure: Measure<N>) -> Result<([Sample; N], Peers<N>)> {
    let of = |phone: &Phone| {
        let (desk, mut exchange) = phone.set_up()?;
        measure(phone, &desk, &mut exchange, plan.rounds)
    };
    let [ours, others @ ..] = phones else { bail!("ours is the first") };
    let ours = of(ours)?;
    let measured = others.iter().filter_map(|phone| match of(phone) {
        Ok(samples) => Some((phone.name, samples)),
        Err(error) => {
            println!("{} fell out: {error:#}", phone.name);
            None
        }
    });
    Ok((ours, measured.collect()))
}

fn peers<'a, const N: usize>(measured: &'a [(&'static str, [Sample; N])], place: usize) -> Vec<(&'a str, &'a Sample)> {
    measured.iter().map(|(name, samples)| (*name, &samples[place])).collect()
}

/// A link that is opened while the program runs and is registered. The programs take turns, one link each in a pace at
/// which ours does not ask whether somebody plays with links.
pub fn warm(plan: &Plan, report: &mut Report) -> Result<()> {
    let mut desks = Vec::new();
    for phone in phones(plan) {
        let (desk, exchange) = phone.set_up()?;
        let running = phone.start(&desk, &exchange)?;
        settle(&running)?;
        desks.push((phone, desk, exchange, running, Sample::default()));
    }
    for round in 0..plan.rounds {
        let user = number(round);
        for (phone, desk, exchange, _, times) in &mut desks {
            let (started, mut hand) = phone.open_link(desk, &phone.link_to(&user))?;
            let heard = exchange.wait_for_invite(&user).with_context(|| phone.name);
            if heard.is_err() {
                desk.picture(&Path::new(PICTURES).join(format!("{}.png", phone.name)))?;
            }
            times.add_time(heard? - started);
            hand.wait()?;
        }
        wait_for(Instant::now() + PACE);
    }
    let (ours, others) = desks.split_first().context("ours is the first")?;
    let others: Vec<_> = others.iter().map(|(phone, .., times)| (phone.name, times)).collect();
    report.bar("warm link → INVITE", "ms", &ours.4, ours.4.at(0.95), WARM_BAR, &others);
    Ok(())
}

/// A link that starts the program.
pub fn cold(plan: &Plan, report: &mut Report) -> Result<()> {
    let (ours, others) = each(&phones(plan), plan, |phone, desk, exchange, rounds| {
        let mut times = Sample::default();
        for round in 0..rounds {
            let user = number(round);
            let (started, mut running) = phone.start_by_link(desk, &phone.link_to(&user))?;
            times.add_time(exchange.wait_for_invite(&user)? - started);
            running.end();
        }
        Ok([times])
    })?;
    report.bar("cold link → INVITE", "ms", &ours[0], ours[0].at(0.95), COLD_BAR, &peers(&others, 0));
    Ok(())
}

/// A call that comes in while the program waits.
pub fn popup(plan: &Plan, report: &mut Report) -> Result<()> {
    let (ours, others) = each(&phones(plan), plan, |phone, desk, exchange, rounds| {
        let running = phone.start(desk, exchange)?;
        settle(&running)?;
        let screen = desk.screen(phone.area)?;
        let mut times = Sample::default();
        for round in 0..rounds {
            let from = number(round);
            let before = screen.look()?;
            let ringing = exchange.ring(&from)?;
            let seen = screen.wait_until_written_on(&before);
            if seen.is_err() {
                desk.picture(&Path::new(PICTURES).join(format!("{}.png", phone.name)))?;
            }
            times.add_time(seen? - ringing.sent);
            exchange.give_up(&ringing, &from)?;
            screen.wait_until_calm(&before)?;
        }
        Ok([times])
    })?;
    report.bar("INVITE → pop-up painted", "ms", &ours[0], ours[0].at(0.95), POPUP_BAR, &peers(&others, 0));
    Ok(())
}

/// A registered program whose window is open and does nothing.
pub fn idle(plan: &Plan, report: &mut Report) -> Result<()> {
    let mut beside = phones(plan);
    beside.push(Phone::empty_window(plan.programs.join("examples/empty_window")));
    let (ours, others) = each(&beside, plan, |phone, desk, exchange, rounds| {
        let running = phone.start(desk, exchange)?;
        settle(&running)?;
        let processes = cost::tree(running.id());
        let mut memory = Sample::default();
        let mut busy = Sample::default();
        let (began, used) = (Instant::now(), cost::processor(&processes)?);
        for round in 1..=rounds {
            wait_for(began + WINDOW * round as u32);
            memory.add(cost::memory_mb(&processes)?);
        }
        let share = (cost::processor(&processes)? - used).as_secs_f64() / began.elapsed().as_secs_f64();
        busy.add(share * 100.0);
        ensure!(cost::tree(running.id()) == processes, "processes came and went");
        Ok([memory, busy])
    })?;
    report.bar("idle: memory of all processes (PSS)", "MB", &ours[0], ours[0].at(0.95), MEMORY_BAR, &peers(&others, 0));
    report.bar("idle: processor", "% of a core", &ours[1], ours[1].mean(), IDLE_BAR, &peers(&others, 1));
    Ok(())
}

/// Waits until a program that has just started has done what it does at its start.
fn settle(running: &Peer) -> Result<()> {
    let mut before = Duration::MAX;
    wait_until("it settles", Duration::from_secs(60), || {
        std::thread::park_timeout(Duration::from_secs(2));
        let now = cost::processor(&cost::tree(running.id())).unwrap_or_default();
        let calm = now.saturating_sub(before) < Duration::from_millis(100) && before != Duration::MAX;
        before = now;
        calm
    })
}

/// A measurement has its pace.
fn wait_for(moment: Instant) {
    while let Some(left) = moment.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
        std::thread::park_timeout(left);
    }
}

/// Mobile numbers of Costa Rica, each once.
fn number(round: usize) -> String {
    format!("+506883{round:05}")
}
