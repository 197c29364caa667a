//! Checks a value against a JSON Schema, as far as `timbre-cli schema` makes use of it.

use serde_json::Value;

/// Whether `value` fits; else where and why not.
///
/// # Errors
/// The place and the keyword that fails; a keyword that is not known here fails too.
pub fn fits(schema: &Value, value: &Value) -> Result<(), String> {
    for (keyword, rule) in schema.as_object().ok_or("a schema is an object")? {
        let fits = match keyword.as_str() {
            "$schema" | "title" => true,
            "format" => format_fits(rule, value),
            "const" => value == rule,
            "enum" => rule.as_array().is_some_and(|allowed| allowed.contains(value)),
            "type" => type_fits(rule, value),
            "minimum" => value.as_f64().is_none_or(|number| rule.as_f64().is_some_and(|least| number >= least)),
            "required" => rule.as_array().is_some_and(|names| {
                names.iter().all(|name| name.as_str().is_some_and(|name| value.get(name).is_some()))
            }),
            "oneOf" => count(rule, value) == 1,
            "anyOf" => count(rule, value) > 0,
            "properties" => {
                for (name, inner) in rule.as_object().ok_or("properties is an object")? {
                    if let Some(found) = value.get(name) {
                        fits(inner, found).map_err(|why| format!("{name}: {why}"))?;
                    }
                }
                true
            }
            other => return Err(format!("the keyword {other} is not known")),
        };
        if !fits {
            return Err(format!("{keyword} {rule} refuses {value}"));
        }
    }
    Ok(())
}

fn count(schemas: &Value, value: &Value) -> usize {
    schemas.as_array().map_or(0, |schemas| schemas.iter().filter(|schema| fits(schema, value).is_ok()).count())
}

fn type_fits(rule: &Value, value: &Value) -> bool {
    let is = |name: &str| match name {
        "null" => value.is_null(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        _ => false,
    };
    match rule {
        Value::String(name) => is(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).any(is),
        _ => false,
    }
}

fn format_fits(rule: &Value, value: &Value) -> bool {
    let Some(text) = value.as_str() else { return true };
    match rule.as_str() {
        Some("uuid") => uuid::Uuid::parse_str(text).is_ok(),
        Some("date-time") => text.len() >= 20 && text.as_bytes()[10] == b'T' && text.ends_with('Z'),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::fits;

    #[test]
    fn what_does_not_fit_is_refused() {
        let line = json!({
            "type": "object",
            "properties": { "n": { "type": ["integer", "null"], "minimum": 0 }, "id": { "type": "string", "format": "uuid" } },
            "required": ["n"],
        });
        assert!(fits(&line, &json!({ "n": 3, "more": true })).is_ok());
        assert!(fits(&line, &json!({ "n": null })).is_ok());
        for wrong in [json!({}), json!({ "n": -1 }), json!({ "n": 1.5 }), json!({ "n": 1, "id": "x" }), json!([])] {
            assert!(fits(&line, &wrong).is_err(), "{wrong}");
        }
        let one = json!({ "oneOf": [{ "const": 1 }, { "type": "integer" }] });
        assert!(fits(&one, &json!(2)).is_ok());
        assert!(fits(&one, &json!(1)).is_err(), "both fit");
    }
}
