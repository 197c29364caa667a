//! `connector check`: every operation of a file that describes a CRM, tried.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use runtime::trial::{FileTrial, Told, Tried, try_file};
use serde_json::{Value, json};

use crate::args::Check;
use crate::line::Lines;

/// Tries the file; true if all that it has works.
pub async fn check(options: Check, lines: &Lines) -> Result<bool> {
    let file = std::fs::read_to_string(&options.file).with_context(|| format!("{}", options.file.display()))?;
    let pair = |text: &String| {
        let (name, value) = text.split_once('=').with_context(|| format!("--set {text}: NAME=VALUE is meant"))?;
        Ok((name.to_owned(), value.to_owned()))
    };
    let trial = FileTrial {
        file,
        address: options.address,
        settings: options.settings.iter().map(pair).collect::<Result<BTreeMap<_, _>>>()?,
        user: options.user,
        key: options.key_env.as_deref().map(variable).transpose()?,
        client: match options.client_id {
            Some(id) => Some((id, options.client_secret_env.as_deref().map(variable).transpose()?)),
            None => None,
        },
        ports: options.port,
        country: options.country,
        number: options.number,
        only_reads: options.read_only,
    };
    let mut count = Count::default();
    let good = try_file(trial, &mut |told| count.tell(&told, lines)).await;
    let good = good.with_context(|| format!("{}", options.file.display()))?;
    let fields = json!({ "ok": good, "works": count.works, "fails": count.fails, "left_out": count.left_out });
    lines.write("connector_checked", None, None, fields);
    Ok(good)
}

fn variable(name: &str) -> Result<String> {
    std::env::var(name).with_context(|| format!("the environment variable {name}"))
}

#[derive(Default)]
struct Count {
    works: u32,
    fails: u32,
    left_out: u32,
}

impl Count {
    fn tell(&mut self, told: &Told, lines: &Lines) {
        let (event, fields) = match told {
            Told::Read { name, verified, server } => {
                ("connector", json!({ "name": name, "verified": verified, "server": server }))
            }
            Told::Open(url) => ("sign_in", json!({ "url": url })),
            Told::Step(step) => {
                let (result, code, detail) = self.counted(&step.tried);
                let fields = json!({ "operation": step.operation, "result": result, "code": code, "detail": detail });
                ("connector_step", fields)
            }
        };
        lines.write(event, None, None, fields);
    }

    fn counted(&mut self, tried: &Tried) -> (&'static str, Value, Value) {
        match tried {
            Tried::Works(told) => {
                self.works += 1;
                ("works", Value::Null, told.as_str().into())
            }
            Tried::Fails(fault) => {
                self.fails += 1;
                ("fails", fault.code().into(), words(fault))
            }
            Tried::Wrong(why) => {
                self.fails += 1;
                ("fails", "wrong".into(), (*why).into())
            }
            Tried::LeftOut => {
                self.left_out += 1;
                ("left_out", Value::Null, Value::Null)
            }
        }
    }
}

/// The CRM's own words, for whoever writes the file.
fn words(fault: &runtime::trial::Fault) -> Value {
    match fault {
        runtime::trial::Fault::Invalid { message, .. } if !message.is_empty() => message.as_str().into(),
        other => other.to_string().into(),
    }
}
