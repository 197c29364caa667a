"""What the emulated CRMs share: a small HTTP server, records, faults on demand, and an authorization server with PKCE.

Everything that a test may change or look at stands behind /_test/..., which no real CRM has:

    POST /_test/fault   {"match": "(POST|PATCH) /beginning", "times": 1, "skip": 0, "do": "...", ...}
        do: "answer"   answers with "status", "headers", "body"; nothing happens
            "drop"     closes the connection before anything happens
            "slow"     does what it is asked and answers "ms" milliseconds later
            "wait"     does what it is asked and answers after the next /_test/calm
            "lose"     does what it is asked and closes the connection without an answer
            "cut"      does what it is asked and sends only the first "bytes" bytes of the answer, also of a refusal
            "hold"     does what it is asked and never answers, unless it refuses; "held" of the state counts those
            "tell"     does what it is asked and answers; "held" of the state counts those, too
    POST /_test/set     changes settings of the emulator (its own names)
    GET  /_test/state   settings and counters
    GET  /_test/held?more=2   answers when "held" is more than that
    GET  /_test/records?object=Name
"""

import base64
import hashlib
import json
import re
import secrets
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, parse_qsl, unquote, urlencode, urlsplit


class Answer(Exception):
    """An answer; raised where a refusal ends the work."""

    def __init__(self, status, body=None, headers=None):
        super().__init__(status)
        self.status = status
        self.headers = dict(headers or {})
        if isinstance(body, (bytes, type(None))):
            self.body = body or b""
        elif isinstance(body, str):
            self.body = body.encode()
        else:
            self.body = json.dumps(body).encode()
            self.headers.setdefault("Content-Type", "application/json;charset=UTF-8")


class Request:
    """A request, read whole."""

    def __init__(self, method, target, headers, body):
        url = urlsplit(target)
        self.method, self.path, self.query = method, unquote(url.path), dict(parse_qsl(url.query, True))
        self.queries = parse_qs(url.query, True)
        self.headers, self.body = headers, body
        self.raw_path = url.path

    def json(self):
        try:
            return json.loads(self.body or b"{}")
        except ValueError:
            raise Answer(400, [{"errorCode": "JSON_PARSER_ERROR", "message": "not JSON"}])

    def form(self):
        return dict(parse_qsl(self.body.decode(), True))

    def bearer(self, scheme="Bearer"):
        """The token behind this scheme."""
        value = self.headers.get("Authorization", "")
        return value[len(scheme) + 1 :] if value.lower().startswith(scheme.lower() + " ") else None


class OAuth:
    """Codes that are good once, tokens that end, refresh tokens that rotate on demand (RFC 6749, RFC 7636, RFC 9700 4.14.2)."""

    def __init__(self):
        self.codes, self.access, self.refresh, self.spent = {}, {}, {}, set()
        self.clients = {}  # programs that sign in as themselves, and their secrets
        self.rotates, self.grants_refresh, self.renewals, self.issued = False, True, 0, 0

    def authorize(self, request):
        asked = request.query
        redirect = asked.get("redirect_uri", "")
        if not redirect.startswith("http://localhost:") or asked.get("response_type") != "code":
            raise Answer(400, {"error": "invalid_request", "error_description": "redirect_uri must be a registered one"})
        if asked.get("code_challenge") and asked.get("code_challenge_method", "S256") != "S256":
            raise Answer(400, {"error": "invalid_request", "error_description": "invalid code challenge"})
        code = "aPrx" + secrets.token_urlsafe(24)
        self.codes[code] = (asked.get("code_challenge"), redirect, asked.get("client_id"))
        back = {"code": code, **self.beside_code()}
        if "state" in asked:
            back["state"] = asked["state"]
        return Answer(302, headers={"Location": redirect + "?" + urlencode(back)})

    def beside_code(self):
        return {}

    def token(self, request):
        form = request.form()
        if form.get("grant_type") == "authorization_code":
            challenge, redirect, client = self.codes.pop(form.get("code", ""), (None, None, None))
            proof = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
            right = redirect and redirect == form.get("redirect_uri") and client == form.get("client_id")
            if not right or (challenge and proof.rstrip(b"=").decode() != challenge.rstrip("=")):
                raise self.refused("invalid_grant")
            return self.issue()
        if form.get("grant_type") == "client_credentials":
            if self.clients.get(form.get("client_id")) != form.get("client_secret"):
                raise Answer(401, {"error": "invalid_client", "error_description": "Client authentication failed"})
            self.renewals += 1
            return self.issue(keep=True)
        if form.get("grant_type") == "refresh_token":
            token = form.get("refresh_token", "")
            self.renewals += 1
            if token in self.spent:
                # Somebody has a copy: the whole grant ends.
                self.refresh.clear()
                self.access.clear()
            if token not in self.refresh:
                raise self.refused("invalid_grant")
            if not self.rotates:
                return self.issue(keep=True)
            del self.refresh[token]
            self.spent.add(token)
            return self.issue()
        raise self.refused("unsupported_grant_type")

    def revoke(self, request):
        """RFC 7009: a refresh token takes its access tokens along."""
        if self.refresh.pop(request.form().get("token"), None) is None:
            raise self.refused("invalid_token")
        self.access.clear()
        return Answer(200)

    def refused(self, code):
        return Answer(400, {"error": code, "error_description": code.replace("_", " ")})

    def issue(self, keep=False):
        self.issued += 1
        token = f"00D!{self.issued}.{secrets.token_urlsafe(16)}"
        self.access[token] = True
        given = {"access_token": token, "token_type": "Bearer", **self.beside_token()}
        if not keep and self.grants_refresh:
            given["refresh_token"] = "5Aep" + secrets.token_urlsafe(24)
            self.refresh[given["refresh_token"]] = True
        return Answer(200, given)

    def beside_token(self):
        return {}

    def lets_in(self, token):
        return token is not None and token in self.access


class Emulator:
    """A CRM: `answer(request)` gives an Answer or raises one. One request at a time, as one transaction."""

    def __init__(self):
        self.lock, self.faults, self.held, self.requests = threading.Condition(), [], 0, []
        self.calmed, self.base = threading.Event(), ""

    def answer(self, request):
        raise NotImplementedError

    def settings(self):
        return {}

    def change(self, wishes):
        raise Answer(400, {"unknown": sorted(wishes)})

    def records(self, name):
        raise Answer(404)

    def test(self, request):
        """What only tests ask."""
        if request.path == "/_test/fault":
            self.faults.append({"times": 1, "skip": 0, "calmed": self.calmed, **request.json()})
            return Answer(204)
        if request.path == "/_test/calm":
            self.faults.clear()
            self.calmed.set()
            self.calmed = threading.Event()
            return Answer(204)
        if request.path == "/_test/set":
            self.change(request.json())
            return Answer(204)
        if request.path == "/_test/held":
            self.lock.wait_for(lambda: self.held > int(request.query["more"]))
            return Answer(204)
        if request.path == "/_test/records":
            return Answer(200, self.records(request.query["object"]))
        if request.path == "/_test/state":
            return Answer(200, {"held": self.held, "requests": self.requests, "faults": len(self.faults), **self.settings()})
        raise Answer(404)

    def fault_of(self, request):
        for fault in self.faults:
            if re.match(fault["match"], f"{request.method} {request.path}"):
                if fault["skip"] > 0:
                    fault["skip"] -= 1
                    continue
                fault["times"] -= 1
                if fault["times"] <= 0:
                    self.faults.remove(fault)
                return fault
        return None

    def handle(self, request):
        """The answer and the fault that goes with it."""
        with self.lock:
            try:
                if request.path.startswith("/_test/"):
                    return self.test(request), None
                self.requests.append(f"{request.method} {request.path}")
                fault = self.fault_of(request)
                if fault and fault["do"] == "answer":
                    return Answer(fault["status"], fault.get("body"), fault.get("headers")), None
                if fault and fault["do"] == "drop":
                    return Answer(204), fault
                answer = self.answer(request)
            except Answer as refusal:
                if fault and fault["do"] == "hold":
                    # It waits for one that has an effect.
                    self.faults.insert(0, {**fault, "skip": 0, "times": 1})
                answer, fault = refusal, fault if fault and fault["do"] == "cut" else None
            except Exception as error:  # a fault of the emulator itself: it must show
                print(f"emulator: {request.method} {request.path}: {error!r}", file=sys.stderr, flush=True)
                return Answer(500, [{"errorCode": "UNKNOWN_EXCEPTION", "message": repr(error)}]), None
            if fault and fault["do"] in ("hold", "tell"):
                self.held += 1
                self.lock.notify_all()
            return answer, fault


def serve(emulator):
    """Serves on a free port of this machine; says it on standard output, and ends with standard input."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def chunks(self):
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
            return body

        def one(self):
            body = self.chunks() if "chunked" in self.headers.get("Transfer-Encoding", "") else self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer, fault = emulator.handle(Request(self.command, self.path, self.headers, body))
            if fault and fault["do"] == "slow":
                time.sleep(fault["ms"] / 1000)
            if fault and fault["do"] == "wait":
                fault["calmed"].wait()
            if fault and fault["do"] == "hold":
                # Until the other side gives up or is killed.
                self.connection.settimeout(None)
                while self.connection.recv(4096):
                    pass
            if fault and fault["do"] in ("hold", "drop", "lose"):
                self.close_connection = True
                return
            head = f"HTTP/1.1 {answer.status} X\r\n"
            headers = {**answer.headers, "Content-Length": len(answer.body)}
            if answer.status in (204, 304):
                del headers["Content-Length"]
            if fault and fault["do"] == "cut":
                headers["Connection"] = "close"
            head += "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n"
            whole = head.encode() + answer.body
            if fault and fault["do"] == "cut":
                whole = whole[: fault["bytes"]]
                self.close_connection = True
            try:
                self.wfile.write(whole)
            except OSError:
                self.close_connection = True

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_HEAD = do_PROPFIND = do_REPORT = one

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, *_):
            pass  # a client that went away

    server = Server(("127.0.0.1", 0), Handler)
    emulator.base = f"http://127.0.0.1:{server.server_address[1]}"
    print(emulator.base, flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
