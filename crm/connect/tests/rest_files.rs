//! What is wrong in a file is told with its line and key.
#![allow(clippy::unwrap_used)] // tests

use crm_connect::rest::{Description, SHIPPED};

/// The smallest file that is one.
const LEAST: &str = r#"format = 1
name = "Small"
sources = ["https://crm.example/docs"]
verified = false
[sign_in]
kind = "basic"
[check]
method = "GET"
path = "me"
user = "/name"
[log]
once = true
method = "PUT"
path = "calls/{marker}"
id = "/id"
[log.body]
subject = "{subject}"
"#;

/// How a person is changed there.
const EDIT: &str = r#"[edit.contact]
fields = { email = "/email" }
[edit.contact.read]
method = "GET"
path = "people/{who}"
[edit.contact.update]
method = "PATCH"
path = "people/{who}"
body = { email = "{email}" }
"#;

#[test]
fn what_can_be_read_of_a_person_can_be_changed() {
    let file = format!("{LEAST}{EDIT}");
    Description::read(&file).unwrap();
    for (good, bad, told) in [
        ("{email}", "{phone}", "edit.contact: «update» has no {email}, which «fields» reads"),
        ("{ email = \"/email\" }", "{ mail = \"/email\" }", "edit.contact.fields.mail: nobody knows this field"),
        (
            "{ email = \"{email}\" }",
            "{ email = \"{email}\", v = \"{version}\" }",
            "edit.contact: «update» has {version}",
        ),
        (
            "path = \"people/{who}\"\n[",
            "path = \"people/{email}\"\n[",
            "edit.contact.read.path: no value is called {email}",
        ),
        ("[edit.contact.update]", "[edit.contact.updat]", "edit.contact: «update» is missing"),
        ("[edit.contact]", "[edit.company]", "contact or lead is meant"),
    ] {
        assert!(file.contains(good), "{good}");
        let message = wrong(&file.replacen(good, bad, 1));
        assert!(message.contains(told), "{bad}: {message}");
    }
}

fn wrong(file: &str) -> String {
    Description::read(file).unwrap_err().to_string()
}

#[test]
fn the_least_file_is_read() {
    assert_eq!(Description::read(LEAST).unwrap().name, "Small");
}

#[test]
fn each_mistake_has_its_line_and_key() {
    for (good, bad, told) in [
        ("name = \"Small\"", "name = 7", "line 2, name: a text is meant"),
        ("name = \"Small\"\n", "", "line 1, : «name» is missing"),
        ("name = \"Small\"", "name = \"Small", "line 2, file: "),
        ("format = 1", "format = 2", "line 1, format: this program reads format 1"),
        ("verified = false", "verified = 1.5", "line 4, verified: a text, a whole number, true or false is meant"),
        (
            "kind = \"basic\"",
            "kind = \"magic\"",
            "line 6, sign_in.kind: key, bearer, basic, browser or program is meant",
        ),
        ("kind = \"basic\"", "kind = \"basic\"\nsecret = \"x\"", "line 7, sign_in.secret: nobody knows this key"),
        ("path = \"me\"", "path = \"https://evil.example/\"", "line 9, check.path: a path below the server's address"),
        ("path = \"me\"", "path = \"me?x=1\"", "line 9, check.path: a path below the server's address"),
        ("path = \"me\"", "path = \"{marker}\"", "line 9, check.path: no value is called {marker} here"),
        ("user = \"/name\"", "user = \"name\"", "line 10, check.user: a way into the answer begins with /"),
        (
            "subject = \"{subject}\"",
            "subject = \"{subjct}\"",
            "line 17, log.body.subject: no value is called {subjct} here; there are: ",
        ),
        ("subject = \"{subject}\"", "subject = \"{subject\"", "line 17, log.body.subject: a brace has no other"),
        ("method = \"PUT\"", "method = \"DELETE\"", "line 13, log.method: GET, POST, PUT or PATCH is meant"),
        ("once = true", "once = false", "line 1, : «look_up» is missing: a call that can be logged twice"),
        (
            "[check]",
            "[headers]\nAuthorization = \"x\"\n[check]",
            "line 8, headers.Authorization: this header is not the file's to set",
        ),
        (
            "[sign_in]",
            "server = \"http://crm.example/\"\n[sign_in]",
            "line 5, server: the address must begin with https://",
        ),
        ("[check]", "[limits]\nrows = 100000\n[check]", "line 8, limits.rows: 1 to 500 is meant"),
        ("[check]", "[errors]\nrules = [{ means = \"busy\" }]\n[check]", "line 8, errors.rules[0]: a rule without"),
        ("[check]", "[words]\nsubjet = { a = \"b\" }\n[check]", "line 8, words.subjet: a value of a call is meant"),
        (
            "[log.body]",
            "[log.query]\nq = \"name = '{subject}'\"\n[log.body]",
            "line 17, log.query.q: values stand between quotes",
        ),
        (
            "[log.body]",
            "[log.query]\nq = { odata = \"name eq {subject}\" }\n[log.body]",
            "line 17, log.query.q.odata: every value stands between",
        ),
        (
            "[check]",
            "[create.contact]\nmethod = \"POST\"\npath = \"people\"\nid = \"/id\"\n[check]",
            "line 1, : «find_created» is missing: whoever can be created",
        ),
        (
            "kind = \"basic\"",
            "kind = \"program\"\ntoken = \"http://evil.example/token\"",
            "line 7, sign_in.token: an https:// address whose host stands here",
        ),
    ] {
        assert!(LEAST.contains(good), "{good}");
        let message = wrong(&LEAST.replacen(good, bad, 1));
        assert!(message.starts_with(told), "{bad}: {message}");
    }
    let settings = |token: &str| {
        format!("{LEAST}[settings]\nhost = \"Host\"\n")
            .replace("kind = \"basic\"", &format!("kind = \"program\"\ntoken = \"{token}\""))
    };
    assert!(
        wrong(&settings("https://{setting.host}/token"))
            .contains("sign_in.token: an https:// address whose host stands here")
    );
    assert!(wrong(&settings("https://a@evil.example/token")).contains("sign_in.token"));
    Description::read(&settings("https://crm.example/{setting.host}/token")).unwrap();
    assert!(wrong(&format!("{LEAST}#{}", "x".repeat(200_000))).ends_with("the file is too large"));
    assert!(wrong(&format!("{LEAST}x = {}1{}", "[".repeat(40), "]".repeat(40))).contains("nested"));
}

#[test]
fn files_that_come_with_the_program_survive_any_cut() {
    for (name, file) in SHIPPED {
        Description::read(file).unwrap();
        for at in (0..file.len()).step_by(97).filter(|at| file.is_char_boundary(*at)) {
            // Most cuts are mistakes; none is a panic, and none has a line beyond the file.
            if let Err(error) = Description::read(&file[..at]) {
                assert!(error.line <= file[..at].lines().count() + 1, "{name} cut at {at}: {error}");
            }
        }
    }
}
