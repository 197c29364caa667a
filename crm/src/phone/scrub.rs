//! From what people write to digits: separators, brackets, trunk zeros, extensions.

/// What a text says, before any numbering plan is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Scrubbed {
    /// It began with `+`.
    pub plus: bool,
    /// `0-9 * #` in order, without a bracketed trunk zero and without the extension.
    pub digits: String,
    /// The same with the bracketed trunk zero `(0)` kept, if there was one.
    pub with_trunk: Option<String>,
    /// Digits behind an extension mark.
    pub extension: Option<String>,
    /// It held letters that are no extension mark: maybe a vanity number, written here as digits.
    pub vanity: Option<String>,
    /// The part before a `/` that might separate two numbers.
    pub before_slash: Option<String>,
}

/// Words and signs before an extension, folded to lower case without accents.
const EXTENSION_MARKS: &[&str] = &[
    "extension",
    "extensao",
    "extn",
    "exten",
    "ext",
    "ex",
    "x",
    "anexo",
    "anx",
    "interno",
    "int",
    "ramal",
    "rml",
    "poste",
    "durchwahl",
    "dw",
    "toestel",
    "wew",
    "wewn",
    "linia",
    "доб",
    "внутр",
    "anknytning",
];

/// Words before a number, dropped.
const LABELS: &[&str] = &[
    "tel",
    "telefono",
    "telephone",
    "telefon",
    "phone",
    "ph",
    "mobile",
    "movil",
    "mob",
    "cel",
    "celular",
    "cell",
    "fax",
    "fon",
    "t",
    "m",
    "p",
    "office",
    "call",
    "whatsapp",
    "wa",
    "n",
    "no",
    "num",
    "gsm",
    "mobil",
    "handy",
];

/// Reads `text`. None if it has a control character or more than 80 characters.
pub(super) fn scrub(text: &str) -> Option<Scrubbed> {
    let text = text.trim();
    if text.chars().count() > 80 || text.chars().any(char::is_control) {
        return None;
    }
    let folded = crate::text::fold(text);
    let mut reader = Reader { out: Scrubbed::default(), kept: String::new(), alpha: String::new() };
    reader.read(&folded);
    Some(reader.out)
}

struct Reader {
    out: Scrubbed,
    /// Digits with a bracketed trunk zero.
    kept: String,
    /// Digits with letters turned into digits.
    alpha: String,
}

impl Reader {
    fn read(&mut self, text: &str) {
        let chars: Vec<char> = text.chars().collect();
        let mut at = 0;
        let mut letters = false;
        while at < chars.len() {
            let c = chars[at];
            if self.is_trunk_zero(&chars[at..]) {
                self.kept.push('0');
                at += 3;
            } else if let Some(digit) = c.to_digit(10) {
                self.push(char::from_digit(digit, 10).unwrap_or('0'));
                at += 1;
            } else if c == '+' && self.out.digits.is_empty() {
                self.out.plus = true;
                at += 1;
            } else if c == '*' || c == '#' {
                if c == '#' && self.take_extension(&chars[at + 1..]) {
                    break;
                }
                self.push(c);
                at += 1;
            } else if matches!(c, ',' | ';') {
                // A pause of a dialler, or `;ext=`; either way the number is over.
                self.take_tail(&chars[at + 1..]);
                break;
            } else if c.is_alphabetic() {
                let end = at + chars[at..].iter().take_while(|c| c.is_alphabetic()).count();
                let word: String = chars[at..end].iter().collect();
                let pause = matches!(word.as_str(), "p" | "w") && self.out.digits.len() >= 7;
                if (pause || EXTENSION_MARKS.contains(&word.as_str())) && self.take_extension(&chars[end..]) {
                    break;
                }
                if !(self.out.digits.is_empty() && LABELS.contains(&word.as_str())) {
                    letters = true;
                    self.alpha.extend(word.chars().filter_map(keypad));
                }
                at = end;
            } else {
                if c == '/' && self.out.before_slash.is_none() && !self.out.digits.is_empty() {
                    self.out.before_slash = Some(self.out.digits.clone());
                }
                at += 1;
            }
        }
        if self.kept != self.out.digits {
            self.out.with_trunk = Some(std::mem::take(&mut self.kept));
        }
        if letters {
            self.out.vanity = Some(std::mem::take(&mut self.alpha));
        }
    }

    fn push(&mut self, c: char) {
        self.out.digits.push(c);
        self.kept.push(c);
        self.alpha.push(c);
    }

    /// `(0)` behind a country code is a trunk zero that is not dialled from abroad.
    fn is_trunk_zero(&self, rest: &[char]) -> bool {
        rest.starts_with(&['(', '0', ')'])
            && !self.out.digits.is_empty()
            && (self.out.plus || self.out.digits.starts_with("00"))
    }

    /// Digits behind an extension mark, up to 11 and nothing else but separators.
    fn take_extension(&mut self, rest: &[char]) -> bool {
        if self.out.digits.len() < 2 {
            return false;
        }
        let digits: String = rest.iter().filter(|c| c.is_ascii_digit()).collect();
        let clean = rest
            .iter()
            .all(|c| c.is_ascii_digit() || matches!(c, ' ' | '.' | ':' | '-' | '#' | '(' | ')' | '=' | '\u{a0}'));
        // A service code such as *21*88887777# ends with its sign and has no digits behind it.
        let ok = clean && !digits.is_empty() && digits.len() <= 11 && !self.out.digits.starts_with(['*', '#']);
        if ok {
            self.out.extension = Some(digits);
        }
        ok
    }

    fn take_tail(&mut self, rest: &[char]) {
        let text: String = rest.iter().collect();
        let text = text.trim_start_matches([',', ';', ' ', 'p', 'w']);
        let text = EXTENSION_MARKS.iter().find_map(|mark| text.strip_prefix(mark)).unwrap_or(text);
        let rest: Vec<char> = text.chars().collect();
        self.take_extension(&rest);
    }
}

/// The key of a telephone that carries this letter (ITU-T E.161).
fn keypad(letter: char) -> Option<char> {
    Some(match letter {
        'a'..='c' => '2',
        'd'..='f' => '3',
        'g'..='i' => '4',
        'j'..='l' => '5',
        'm'..='o' => '6',
        'p'..='s' => '7',
        't'..='v' => '8',
        'w'..='z' => '9',
        _ => return None,
    })
}
