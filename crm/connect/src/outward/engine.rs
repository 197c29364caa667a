//! The engine that runs a proxy script: on a thread of its own, which ends with it, within limits of memory and time.

use std::net::{IpAddr, Ipv4Addr, ToSocketAddrs as _, UdpSocket};
use std::rc::Rc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rquickjs::{Context, Ctx, Function, Runtime};
use tokio::sync::oneshot;

/// The functions that a script may use, in its own language.
const HELPERS: &str = include_str!("helpers.js");
const MEMORY_MAX: usize = 16 * 1024 * 1024;
const STACK_MAX: usize = 256 * 1024;
/// So long a script may compute for one answer.
const COMPUTE_LIMIT: Duration = Duration::from_secs(1);
/// So long an answer is waited for: the script may have to resolve names.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

struct Question {
    url: String,
    host: String,
    reply: oneshot::Sender<Option<String>>,
}

/// A script that was read. Its thread ends when this is dropped.
pub(super) struct Engine(mpsc::Sender<Question>);

impl Engine {
    /// Reads a script; none if it has no `FindProxyForURL`.
    pub async fn start(text: String) -> Option<Self> {
        let (questions, inbox) = mpsc::channel::<Question>();
        let (started, good) = oneshot::channel();
        let thread = std::thread::Builder::new().name("proxy-script".to_owned());
        let thread = thread.spawn(move || {
            let script = Running::new(&text);
            // Whoever asked may have gone.
            let _ = started.send(script.is_some());
            let Some(script) = script else { return };
            for Question { url, host, reply } in inbox {
                if !reply.is_closed() {
                    let _ = reply.send(script.ask(&url, &host));
                }
            }
        });
        thread.ok()?;
        let good = tokio::time::timeout(ANSWER_LIMIT, good).await.ok()?.ok()?;
        good.then_some(Self(questions))
    }

    /// What it says about a server; none if it says no text, or not in time.
    pub async fn ask(&self, url: &str, host: &str) -> Option<String> {
        let (reply, answer) = oneshot::channel();
        self.0.send(Question { url: url.to_owned(), host: host.to_owned(), reply }).ok()?;
        tokio::time::timeout(ANSWER_LIMIT, answer).await.ok()?.ok()?
    }
}

/// The script in its engine.
struct Running {
    context: Context,
    /// Until when it may compute.
    limit: Rc<std::cell::Cell<Instant>>,
}

impl Running {
    fn new(text: &str) -> Option<Self> {
        let runtime = Runtime::new().ok()?;
        runtime.set_memory_limit(MEMORY_MAX);
        runtime.set_max_stack_size(STACK_MAX);
        let limit = Rc::new(std::cell::Cell::new(Instant::now() + COMPUTE_LIMIT));
        let ends = Rc::clone(&limit);
        runtime.set_interrupt_handler(Some(Box::new(move || Instant::now() > ends.get())));
        let context = Context::full(&runtime).ok()?;
        let read = context.with(|context| {
            helpers(&context)?;
            context.eval::<(), _>(text)?;
            context.globals().get::<_, Function<'_>>("FindProxyForURL").map(drop)
        });
        read.ok().map(|()| Self { context, limit })
    }

    fn ask(&self, url: &str, host: &str) -> Option<String> {
        self.limit.set(Instant::now() + COMPUTE_LIMIT);
        let limit = Rc::clone(&self.limit);
        self.context.with(|context| {
            let asked = Instant::now();
            let found: Function<'_> = context.globals().get("FindProxyForURL").ok()?;
            let said = found.call::<_, String>((url, host)).ok();
            limit.set(asked + COMPUTE_LIMIT);
            said
        })
    }
}

fn helpers(context: &Ctx<'_>) -> rquickjs::Result<()> {
    let globals = context.globals();
    globals.set("dnsResolve", Function::new(context.clone(), |host: String| resolved(&host))?)?;
    globals.set("myIpAddress", Function::new(context.clone(), own_address)?)?;
    context.eval::<(), _>(HELPERS)
}

/// The first IPv4 address of a name.
fn resolved(host: &str) -> Option<String> {
    let mut found = (host, 0).to_socket_addrs().ok()?;
    found.find_map(|address| if let IpAddr::V4(address) = address.ip() { Some(address.to_string()) } else { None })
}

/// The address from which this machine would reach the world. Nothing is sent: an address of documentation (RFC 5737) is
/// only looked up in the table of routes.
fn own_address() -> String {
    let routed = || {
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
        socket.connect((Ipv4Addr::new(198, 51, 100, 1), 9)).ok()?;
        Some(socket.local_addr().ok()?.ip())
    };
    routed().unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn said(body: &str) -> Option<String> {
        let engine = Engine::start(format!("function FindProxyForURL(url, host) {{ {body} }}")).await?;
        engine.ask("https://crm.company.example/", "crm.company.example").await
    }

    #[tokio::test]
    async fn the_documented_functions_do_what_they_say() {
        for (expression, value) in [
            ("isPlainHostName('www')", "true"),
            ("isPlainHostName('www.company')", "false"),
            ("isPlainHostName('::1')", "false"),
            ("dnsDomainIs('www.company.example', '.company.example')", "true"),
            ("dnsDomainIs('WWW.Company.example', 'company.EXAMPLE')", "true"),
            ("dnsDomainIs('www', '.company.example')", "false"),
            ("localHostOrDomainIs('www', 'www.company.example')", "true"),
            ("localHostOrDomainIs('www.company.example', 'www.company.example')", "true"),
            ("localHostOrDomainIs('home.company.example', 'www.company.example')", "false"),
            ("isResolvable('127.0.0.1')", "true"),
            ("isResolvable('nobody.invalid')", "false"),
            ("isInNet('10.1.2.3', '10.0.0.0', '255.0.0.0')", "true"),
            ("isInNet('11.1.2.3', '10.0.0.0', '255.0.0.0')", "false"),
            ("isInNet('172.20.0.1', '172.16.0.0', '255.240.0.0')", "true"),
            ("isInNet('nobody.invalid', '10.0.0.0', '255.0.0.0')", "false"),
            ("dnsResolve('127.0.0.1')", "127.0.0.1"),
            ("String(dnsResolve('nobody.invalid'))", "null"),
            ("convert_addr('104.16.41.2')", "1745889538"),
            ("/^[0-9.]+$/.test(myIpAddress())", "true"),
            ("dnsDomainLevels('www')", "0"),
            ("dnsDomainLevels('www.company.example')", "2"),
            ("shExpMatch('http://home.company.example/people/index.html', '*/people/*')", "true"),
            ("shExpMatch('www.company.example', '*.company.exampl?')", "true"),
            ("shExpMatch('www.company.example', 'company.example')", "false"),
            ("shExpMatch('a.b(c', 'a.b(*')", "true"),
            ("shExpMatch('aXb', 'a.b')", "false"),
            ("String(alert('x'))", "undefined"),
        ] {
            assert_eq!(said(&format!("return String({expression});")).await.as_deref(), Some(value), "{expression}");
        }
    }

    /// Sunday, 22 November 2026, 14:05:06 UTC; the machine's own calendar is UTC, too, if the test says so with `GMT`.
    #[tokio::test]
    async fn ranges_of_days_dates_and_times_reach_around_their_ends() {
        let at = "2026-11-22T14:05:06Z";
        for (expression, value) in [
            ("weekdayRange('SUN', 'GMT')", true),
            ("weekdayRange('MON', 'GMT')", false),
            ("weekdayRange('FRI', 'MON', 'GMT')", true),
            ("weekdayRange('MON', 'FRI', 'GMT')", false),
            ("dateRange(22, 'GMT')", true),
            ("dateRange(23, 'GMT')", false),
            ("dateRange('NOV', 'GMT')", true),
            ("dateRange(2026, 'GMT')", true),
            ("dateRange(1, 15, 'GMT')", false),
            ("dateRange(15, 5, 'GMT')", true),
            ("dateRange('OCT', 'FEB', 'GMT')", true),
            ("dateRange('JAN', 'MAR', 'GMT')", false),
            ("dateRange(2025, 2027, 'GMT')", true),
            ("dateRange(1, 'NOV', 30, 'NOV', 'GMT')", true),
            ("dateRange(24, 'DEC', 6, 'JAN', 'GMT')", false),
            ("dateRange('NOV', 2026, 'JAN', 2027, 'GMT')", true),
            ("dateRange(23, 'NOV', 2026, 1, 'JAN', 2027, 'GMT')", false),
            ("dateRange(22, 'NOV', 2026, 'GMT')", true),
            ("timeRange(14, 'GMT')", true),
            ("timeRange(15, 'GMT')", false),
            ("timeRange(8, 14, 'GMT')", true),
            ("timeRange(8, 0, 14, 5, 'GMT')", true),
            ("timeRange(8, 0, 14, 4, 'GMT')", false),
            ("timeRange(22, 0, 6, 0, 'GMT')", false),
            ("timeRange(14, 5, 6, 14, 5, 7, 'GMT')", true),
            ("timeRange(14, 5, 7, 14, 5, 8, 'GMT')", false),
        ] {
            let now = format!("Date = class extends Date {{ constructor() {{ super('{at}'); }} }};");
            let said = said(&format!("{now} return String({expression});")).await;
            assert_eq!(said.as_deref(), Some(if value { "true" } else { "false" }), "{expression}");
        }
    }

    #[tokio::test]
    async fn a_script_ends_in_time_and_within_its_memory() {
        for endless in [
            "while (true) {}",
            "let x = []; while (true) x.push('x'.repeat(1e6));",
            "return f(); function f() { return f() + 1; }",
        ] {
            let begun = Instant::now();
            assert_eq!(said(endless).await, None, "{endless}");
            assert!(begun.elapsed() < ANSWER_LIMIT, "{endless}");
        }
        assert_eq!(said("return 5;").await, None);
        assert_eq!(said("throw new Error('x');").await, None);
        assert!(Engine::start("while (true) {}".into()).await.is_none());
        assert!(Engine::start("<html>not found</html>".into()).await.is_none());
        assert!(Engine::start("function FindProxy() {}".into()).await.is_none());
    }

    #[tokio::test]
    async fn one_that_did_not_end_answers_the_next_question() {
        let engine = Engine::start(
            "let n = 0; function FindProxyForURL(url, host) { n += 1; while (n === 1) {} return host; }".into(),
        );
        let engine = engine.await.unwrap();
        assert_eq!(engine.ask("https://a/", "a").await, None);
        assert_eq!(engine.ask("https://b/", "b").await.as_deref(), Some("b"));
    }

    #[tokio::test]
    async fn a_script_reaches_nothing_of_this_machine() {
        for name in ["require", "process", "fetch", "XMLHttpRequest", "std", "os", "print", "console", "setTimeout"] {
            assert_eq!(said(&format!("return typeof {name};")).await.as_deref(), Some("undefined"), "{name}");
        }
        assert_eq!(said("import('/etc/passwd'); return 'x';").await.as_deref(), Some("x"), "nobody loads it");
    }
}
