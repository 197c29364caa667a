"""As much of SOQL and SOSL as the emulated Salesforce answers: what it does not know it refuses, as the real one does."""

import re

TOKEN = re.compile(r"\s*(?:'((?:[^'\\]|\\.)*)'|([A-Za-z_][\w.]*)|(-?\d[\w.:+-]*)|(!=|<=|>=|[=<>(),]))")


class Malformed(Exception):
    pass


def tokens(text):
    found, at = [], 0
    text = text.strip()
    while at < len(text):
        match = TOKEN.match(text, at)
        if not match:
            raise Malformed(f"unexpected token: {text[at:at + 10]!r}")
        if match.group(1) is not None:
            found.append(("text", re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t", "r": "\r"}.get(m[1], m[1]), match.group(1))))
        elif match.group(2):
            found.append(("word", match.group(2)))
        elif match.group(3):
            found.append(("number", match.group(3)))
        else:
            found.append(("sign", match.group(4)))
        at = match.end()
    return found


class Parser:
    """SELECT fields FROM object WHERE condition ORDER BY field LIMIT n."""

    def __init__(self, text):
        self.left = tokens(text)

    def peek(self):
        return self.left[0] if self.left else (None, None)

    def word(self):
        kind, value = self.peek()
        return value.upper() if kind == "word" else None

    def take(self, kind=None, value=None):
        if not self.left:
            raise Malformed("unexpected end")
        got = self.left.pop(0)
        if (kind and got[0] != kind) or (value and str(got[1]).upper() != value):
            raise Malformed(f"unexpected token: {got[1]!r}")
        return got[1]

    def fields(self):
        names = [self.take("word")]
        while self.peek() == ("sign", ","):
            self.take()
            names.append(self.take("word"))
        return names

    def rest(self):
        """WHERE, ORDER BY and LIMIT."""
        condition, order, limit = None, None, 2000
        if self.word() == "WHERE":
            self.take()
            condition = self.any_of()
        if self.word() == "ORDER":
            self.take(), self.take("word", "BY")
            names, ways = [], set()
            while not names or self.peek() == ("sign", ","):
                if names:
                    self.take()
                names.append(self.take("word"))
                ways.add(self.take().upper() if self.word() in ("ASC", "DESC") else "ASC")
            if len(ways) > 1:
                raise Malformed("one direction for all")
            order = (names, "DESC" in ways)
        if self.word() == "LIMIT":
            self.take()
            limit = int(self.take("number"))
        return condition, order, limit

    def any_of(self):
        parts = [self.all_of()]
        while self.word() == "OR":
            self.take()
            parts.append(self.all_of())
        return parts[0] if len(parts) == 1 else ("or", parts)

    def all_of(self):
        parts = [self.one()]
        while self.word() == "AND":
            self.take()
            parts.append(self.one())
        return parts[0] if len(parts) == 1 else ("and", parts)

    def one(self):
        if self.peek() == ("sign", "("):
            self.take()
            inner = self.any_of()
            self.take("sign", ")")
            return inner
        if self.word() == "NOT":
            self.take()
            return ("not", [self.one()])
        field = self.take("word")
        sign = self.take()
        if sign.upper() == "IN":
            self.take("sign", "(")
            values = [self.value()]
            while self.peek() == ("sign", ","):
                self.take()
                values.append(self.value())
            self.take("sign", ")")
            return ("in", field, values)
        return (sign.lower(), field, self.value())

    def value(self):
        kind, value = self.left.pop(0) if self.left else (None, None)
        if kind == "text":
            return value
        if kind == "number":
            moment = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{3})?(Z|[+-]00:00)", value)
            if moment:
                return f"{moment[1]}{moment[2] or '.000'}+0000"
            return float(value) if re.fullmatch(r"-?\d+(\.\d+)?", value) else value
        if kind == "word" and value.lower() in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[value.lower()]
        raise Malformed(f"unexpected value: {value!r}")


def names_of(condition):
    """Fields that a condition speaks of."""
    if condition is None:
        return []
    if condition[0] in ("or", "and", "not"):
        return [name for part in condition[1] for name in names_of(part)]
    return [condition[1]]


def holds(condition, get):
    """Whether a record, whose fields `get` gives, fulfils the condition. Texts are compared without case."""
    if condition is None:
        return True
    sign = condition[0]
    if sign in ("or", "and", "not"):
        results = [holds(part, get) for part in condition[1]]
        return any(results) if sign == "or" else all(results) if sign == "and" else not results[0]
    have, want = get(condition[1]), condition[2]
    fold = lambda value: value.lower() if isinstance(value, str) else value
    if sign == "in":
        return fold(have) in [fold(value) for value in want]
    if sign == "=":
        return fold(have) == fold(want)
    if sign == "!=":
        return fold(have) != fold(want)
    if sign == "like":
        pattern = "".join({"%": ".*", "_": "."}.get(c, re.escape(c)) for c in want or "")
        return have is not None and re.fullmatch(pattern, have, re.I | re.S) is not None
    if have is None or want is None:
        return False
    return {"<": have < want, ">": have > want, "<=": have <= want, ">=": have >= want}[sign]


# SOSL

RESERVED = set("?&|!{}[]()^~*:\\\"'+-")


def read_sosl(text):
    """FIND {words} IN PHONE FIELDS RETURNING Contact(Id WHERE …), Lead(Id) LIMIT n: words, group, list of wishes, limit."""
    match = re.match(r"\s*FIND\s*\{((?:[^}\\]|\\.)*)\}\s*(?:IN\s+(ALL|NAME|EMAIL|PHONE)\s+FIELDS)?\s*(?:RETURNING\s+(.*))?$", text, re.I | re.S)
    if not match:
        raise Malformed("unexpected token in FIND")
    wanted, limit = match.group(3) or "", 2000
    tail = re.search(r"\)\s*LIMIT\s+(\d+)\s*$", wanted, re.I)
    if tail:
        limit, wanted = int(tail.group(1)), wanted[: tail.start() + 1]
    wishes = []
    for name, inside in re.findall(r"(\w+)\s*\(((?:[^()']|'(?:[^'\\]|\\.)*'|\([^()]*\))*)\)", wanted):
        parser = Parser(inside)
        wishes.append((name, parser.fields(), parser.rest()))
    return read_words(match.group(1)), (match.group(2) or "ALL").upper(), wishes, limit


def read_words(text):
    """AND, OR and parentheses over words and "phrases"; the words of a stored text must match whole, or begin with `word*`."""
    parts = re.findall(r'"((?:[^"\\]|\\.)*)"|([()])|((?:[^\s()"\\]|\\.)+)', text)
    found = []
    for phrase, sign, word in parts:
        if sign:
            found.append(sign)
        elif word and word.upper() in ("AND", "OR"):
            found.append(word.upper())
        else:
            plain = re.sub(r"\\(.)", r"\1", phrase or word)
            bare = re.sub(r"\\.", "", phrase or word)
            if any(c in RESERVED and not (c == "*" and bare.endswith("*")) for c in bare):
                raise Malformed("reserved characters must be escaped")
            found.append(("words", split(plain.rstrip("*")), bare.endswith("*")))
    def any_of():
        results = [all_of()]
        while found and found[0] == "OR":
            found.pop(0)
            results.append(all_of())
        return ("or", results)
    def all_of():
        results = [one()]
        while found and found[0] not in ("OR", ")"):
            if found[0] == "AND":
                found.pop(0)
            results.append(one())
        return ("and", results)
    def one():
        if not found:
            raise Malformed("unexpected end of the search")
        head = found.pop(0)
        if head == "(":
            inner = any_of()
            if not found or found.pop(0) != ")":
                raise Malformed("a parenthesis is missing")
            return inner
        if not isinstance(head, tuple) or sum(map(len, head[1])) < 2:
            raise Malformed("search term must be longer than one character")
        return head
    search = any_of()
    if found:
        raise Malformed("unexpected token in FIND")
    return search


def split(text):
    """Words of a text, as the index has them: letters and digits apart, punctuation gone."""
    return [word.lower() for word in re.findall(r"\d+|[^\W\d_]+", text or "")]


def found_in(search, fields):
    """Whether the search finds a record with these texts."""
    if search[0] in ("or", "and"):
        results = [found_in(part, fields) for part in search[1]]
        return any(results) if search[0] == "or" else all(results)
    _, words, begins = search
    for text in fields:
        have = split(text)
        for at in range(len(have) - len(words) + 1):
            run = have[at : at + len(words)]
            if run[:-1] == words[:-1] and (run[-1] == words[-1] or (begins and run[-1].startswith(words[-1]))):
                return True
    return False
