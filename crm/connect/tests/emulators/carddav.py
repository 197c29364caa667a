"""A CardDAV server on loopback that tells its lists in parts, forgets its tokens and leads elsewhere (RFC 6352, RFC 6578, RFC 6764):
what real servers do now and then, and Radicale never.
"""

import base64
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from plumbing import Answer, Emulator, serve

LOGIN = "Basic " + base64.b64encode("ana:sésamo".encode()).decode()
BOOK, PRINCIPAL, HOME = "/dav/books/people/", "/dav/users/ana/", "/dav/books/"
DAV, CARD = "{DAV:}", "{urn:ietf:params:xml:ns:carddav}"


class CardDAV(Emulator):
    def __init__(self):
        super().__init__()
        # What happened to which card, and the cards themselves.
        self.journal, self.cards = [], {}
        self.part, self.parts_of_a_wished_size, self.forgotten, self.home = 1000, True, 0, HOME
        self.read, self.has_book = [], True

    def settings(self):
        return {"read": self.read}

    def change(self, wishes):
        for name, value in wishes.items():
            if name == "put":
                self.cards[BOOK + value["name"]] = (f'"{len(self.journal)}"', value["text"])
                self.journal.append(BOOK + value["name"])
            elif name == "delete":
                del self.cards[BOOK + value]
                self.journal.append(BOOK + value)
            elif name == "forget":
                self.forgotten += 1
            elif name in ("part", "parts_of_a_wished_size", "home", "has_book"):
                setattr(self, name, value)
            else:
                raise Answer(400, {"unknown": name})

    def answer(self, request):
        if request.path == "/.well-known/carddav":
            raise Answer(301, headers={"Location": "/dav/"})
        if request.headers.get("Authorization") != LOGIN:
            raise Answer(401, headers={"WWW-Authenticate": 'Basic realm="books"'})
        body = ElementTree.fromstring(request.body)
        if request.method == "PROPFIND":
            return self.find(request)
        if request.method == "REPORT" and request.path == BOOK and self.has_book:
            return self.changed(body) if body.tag == DAV + "sync-collection" else self.multiget(body)
        raise Answer(404)

    def find(self, request):
        who = f"<d:current-user-principal><d:href>{PRINCIPAL}</d:href></d:current-user-principal>"
        if request.path == "/dav/":
            return told([there("/dav/", f"<d:resourcetype><d:collection/></d:resourcetype>{who}")])
        if request.path == PRINCIPAL:
            home = f"<c:addressbook-home-set><d:href>{escape(self.home)}</d:href></c:addressbook-home-set>"
            return told([there(PRINCIPAL, f"<d:resourcetype><d:principal/></d:resourcetype>{who}{home}")])
        if request.path == HOME and request.headers.get("Depth") == "1":
            book = there(self.base + BOOK, "<d:resourcetype><d:collection/><c:addressbook/></d:resourcetype>")
            return told([there(HOME, "<d:resourcetype><d:collection/></d:resourcetype>")] + [book] * self.has_book)
        raise Answer(404)

    def changed(self, body):
        if body.find(DAV + "limit") is not None and not self.parts_of_a_wished_size:
            raise Answer(507, error("number-of-matches-within-limits"))
        token = body.findtext(DAV + "sync-token") or ""
        age, _, since = token.removeprefix("urn:at:").partition(":")
        if token and int(age) < self.forgotten:
            raise Answer(403, error("valid-sync-token"))
        since = int(since or 0)
        until = min(len(self.journal), since + self.part)
        names = dict.fromkeys(self.journal[since:until])
        rows = [there(n, f"<d:getetag>{escape(self.cards[n][0])}</d:getetag>") if n in self.cards else f"<d:response><d:href>{n}</d:href><d:status>HTTP/1.1 404 Not Found</d:status></d:response>" for n in names]
        if until < len(self.journal):
            rows.append(f"<d:response><d:href>{BOOK}</d:href><d:status>HTTP/1.1 507 Insufficient Storage</d:status></d:response>")
        return told(rows, f"<d:sync-token>urn:at:{self.forgotten}:{until}</d:sync-token>")

    def multiget(self, body):
        rows = []
        for href in body.findall(DAV + "href"):
            self.read.append(href.text)
            if href.text in self.cards:
                etag, text = self.cards[href.text]
                rows.append(there(href.text, f"<d:getetag>{escape(etag)}</d:getetag><c:address-data>{escape(text)}</c:address-data>"))
        return told(rows)


def there(href, properties):
    return f"<d:response><d:href>{href}</d:href><d:propstat><d:prop>{properties}</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"


def told(rows, more=""):
    text = f'<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav">{"".join(rows)}{more}</d:multistatus>'
    return Answer(207, text, {"Content-Type": "application/xml"})


def error(condition):
    return f'<?xml version="1.0"?><d:error xmlns:d="DAV:"><d:{condition}/></d:error>'


if __name__ == "__main__":
    serve(CardDAV())
