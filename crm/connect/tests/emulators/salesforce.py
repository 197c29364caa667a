"""A Salesforce organisation on loopback: OAuth 2.0 with PKCE, login() of SOAP, REST with SOQL and SOSL, tasks, leads, contacts, accounts, cases.

It keeps its records, refuses what the real one refuses with the same codes, and can be told (see plumbing.py) to end tokens,
rotate them, lag behind with its search index, use up its allowance, guard duplicates, require fields, and fail.
"""

import calendar
import re
import time
from email.utils import formatdate, parsedate_to_datetime
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from plumbing import Answer, Emulator, OAuth, serve
from sobjects import MASTER, ONLY, PERSON, choice, field, objects, person_accounts, required
from soql import Malformed, Parser, found_in, holds, names_of, read_sosl

VERSIONS = ["62.0", "63.0", "64.0", "65.0"]
SOAP, PARTNER = "http://schemas.xmlsoap.org/soap/envelope/", "urn:partner.soap.sforce.com"
PREFIX = {"Contact": "003", "Lead": "00Q", "Account": "001", "Case": "500", "Task": "00T"}
class Login(OAuth):
    def __init__(self, org):
        super().__init__()
        self.org = org

    def beside_token(self):
        return {"instance_url": self.org.base, "id": f"{self.org.base}/id/00D5e000000TbreEAC/0055e000001AgntAAC",
                "scope": "api refresh_token openid", "issued_at": str(int(time.time() * 1000)), "signature": "x"}


class Salesforce(Emulator):
    def __init__(self):
        super().__init__()
        self.login, self.tables, self.kinds = Login(self), {name: {} for name in PREFIX}, objects()
        self.count, self.calls, self.allowance, self.duplicate_rule = 0, 0, 15000, False
        self.rules, self.index_waits, self.not_indexed = [], False, set()
        self.soap, self.passwords, self.logins = True, {"ana@example.com": "sésamo & <1>0123456789abcdef"}, 0
        # Of an object: its record types as /describe tells them, values of picklists by type, and what the layout of a type requires.
        self.types, self.values, self.layouts = {}, {}, {}
        # When a record was last changed, in seconds since 1970; the present if none.
        self.second = None

    # what tests may change and see

    def settings(self):
        return {"calls": self.calls, "renewals": self.login.renewals, "grants": len(self.login.refresh),
                "logins": self.logins, "sessions": len(self.login.access)}

    def change(self, wishes):
        for name, value in wishes.items():
            if name == "external_id":
                self.kinds["Task"].pop("Softphone_Call_Id__c", None)
                if value:
                    self.kinds["Task"]["Softphone_Call_Id__c"] = field("string", 36, externalId=True, unique=True, custom=True)
            elif name == "require":
                self.kinds[value["object"]][value["field"]] = (
                    choice(*value["choices"], nillable=False, custom=True) if "choices" in value else required("string", 40, custom=True))
            elif name == "field":
                self.kinds[value["object"]][value["field"]] = field(value["type"], value.get("length", 0), custom=True, **value.get("more", {}))
            elif name == "record_types":
                self.record_types(value)
            elif name == "layout":
                self.layouts[value["object"], value.get("type", MASTER)] = value["requires"]
            elif name == "put":
                self.create(value["object"], value["record"], None)
            elif name == "puts":
                for record in value["records"]:
                    self.create(value["object"], record, None)
            elif name == "hide":
                self.kinds[value["object"]].pop(value["field"])
            elif name == "rule":
                self.rules.append(value)
            elif name == "index_waits":
                self.index_waits = value
                if not value:
                    self.not_indexed.clear()
            elif name == "change":
                self.update(value["object"], self.row(value["object"], value["id"]), value["record"])
            elif name == "delete":
                self.touched(self.row(value["object"], value["id"]))["IsDeleted"] = True
            elif name == "merge":
                self.touched(self.row(value["object"], value["id"])).update(IsDeleted=True, MasterRecordId=value["into"])
            elif name == "convert":
                self.touched(self.row("Lead", value["id"])).update(IsConverted=True, ConvertedContactId=value["into"])
            elif name == "second":
                self.second = value
            elif name == "end_access":
                self.login.access.clear()
            elif name == "revoke":
                self.login.access.clear(), self.login.refresh.clear()
            elif name == "rotates":
                self.login.rotates = value
            elif name == "person_accounts":
                person_accounts(self.kinds)
            elif name == "person":
                self.person(value)
            elif name == "passwords":
                self.passwords.update(value)
            elif name in ("allowance", "duplicate_rule", "soap"):
                setattr(self, name, value)
            else:
                raise Answer(400, {"unknown": name})

    def record_types(self, wish):
        """Types with the values that their picklists take; the first one is the user's own."""
        kind = wish["object"]
        self.kinds[kind]["RecordTypeId"] = field("reference", 18, referenceTo=["RecordType"], defaultedOnCreate=True)
        self.types[kind] = []
        for n, one in enumerate([*wish["types"], {"name": "Master"}]):
            master = one["name"] == "Master"
            told = {"recordTypeId": MASTER if master else id18("RecordType", n + 1), "name": one["name"], "developerName": one["name"], "master": master,
                    "active": one.get("active", True), "available": one.get("available", True), "defaultRecordTypeMapping": n == 0}
            self.types[kind].append(told)
            self.values[kind, told["recordTypeId"]] = one.get("values", {})

    def records(self, name):
        return [row for row in self.tables[name].values() if not row["IsDeleted"]]

    # requests

    def answer(self, request):
        path = request.path.rstrip("/")
        if path == "/services/oauth2/authorize":
            return self.login.authorize(request)
        if path == "/services/oauth2/token":
            return self.login.token(request)
        if path == "/services/oauth2/revoke":
            return self.login.revoke(request)
        if path.startswith("/services/Soap/u/") and request.method == "POST":
            return self.log_out(request) if re.search(rb"<(\w+:)?logout\b", request.body) else self.log_in(request, path)
        if path == "/services/data" and request.method == "GET":
            return Answer(200, [{"label": "X", "url": f"/services/data/v{v}", "version": v} for v in VERSIONS])
        if not self.login.lets_in(request.bearer()):
            raise error(401, "INVALID_SESSION_ID", "Session expired or invalid")
        if path == "/services/oauth2/userinfo":
            return Answer(200, {"user_id": "0055e000001AgntAAC", "organization_id": "00D5e000000TbreEAC", "name": "Ana Agente",
                                "preferred_username": "ana@example.com"})
        self.calls += 1
        if self.calls > self.allowance:
            raise error(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        match = re.fullmatch(r"/services/data/v([\d.]+)(/.*)?", path)
        if not match:
            raise error(404, "NOT_FOUND", "The requested resource does not exist")
        if match.group(1) not in VERSIONS:
            raise error(410, "UNSUPPORTED_API_VERSION", "This API version is retired")
        try:
            answer = self.resource(request, match.group(2) or "", f"/services/data/v{match.group(1)}")
        except Malformed as fault:
            raise error(400, "MALFORMED_QUERY" if "/query" in path else "MALFORMED_SEARCH", str(fault))
        answer.headers["Sforce-Limit-Info"] = f"api-usage={self.calls}/{self.allowance}"
        return answer

    def log_out(self, request):
        """logout() of the Partner API."""
        try:
            session = ElementTree.fromstring(request.body).findtext(f"{{{SOAP}}}Header/{{{PARTNER}}}SessionHeader/{{{PARTNER}}}sessionId")
        except ElementTree.ParseError:
            raise fault("soapenv:Client", "no envelope")
        if self.login.access.pop(session, None) is None:
            raise fault("sf:INVALID_SESSION_ID", "INVALID_SESSION_ID: Invalid Session ID found in SessionHeader")
        return soap(200, "<logoutResponse/>", f' xmlns="{PARTNER}"')

    def log_in(self, request, path):
        """login() of the Partner API."""
        self.logins += 1
        version = path.removeprefix("/services/Soap/u/").split("/")[0]
        if request.headers.get("SOAPAction") is None or "xml" not in request.headers.get("Content-Type", ""):
            raise fault("soapenv:Client", "SOAPAction or Content-Type is missing")
        if not re.fullmatch(r"(3[1-9]|[45]\d|6[0-5])\.0", version):
            raise fault("sf:UNSUPPORTED_API_VERSION", f"UNSUPPORTED_API_VERSION: Invalid Api version specified on URL: {version}")
        if version == "65.0":
            raise fault("sf:INVALID_OPERATION", "INVALID_OPERATION: SOAP API login() is not available in the API version specified (65.0)")
        if not self.soap:
            raise fault("sf:INVALID_OPERATION", "INVALID_OPERATION: SOAP API login() is disabled by default in this org.")
        try:
            asked = ElementTree.fromstring(request.body).find(f"{{{SOAP}}}Body/{{{PARTNER}}}login")
            user, password = (asked.findtext(f"{{{PARTNER}}}{name}") for name in ("username", "password"))
        except (ElementTree.ParseError, AttributeError):
            raise fault("soapenv:Client", "no login")
        if self.passwords.get(user) != password:
            raise fault("sf:INVALID_LOGIN", "INVALID_LOGIN: Invalid username, password, security token; or user locked out.")
        session = f"00D!soap{self.logins}.0123456789abcdef"
        self.login.access[session] = True
        info = {"organizationId": "00D5e000000TbreEAC", "organizationName": "Central Ejemplo", "sessionSecondsValid": 7200, "userId": "0055e000001AgntAAC",
                "userName": user}
        told = {"metadataServerUrl": f"{self.base}/services/Soap/m/{version}", "passwordExpired": "false", "sandbox": "false",
                "serverUrl": f"{self.base}/services/Soap/u/{version}/00D5e000000Tbre", "sessionId": session, "userId": info["userId"]}
        inside = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in told.items())
        about = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in info.items())
        return soap(200, f'<loginResponse><result>{inside}<userInfo>{about}</userInfo></result></loginResponse>', f' xmlns="{PARTNER}"')

    def resource(self, request, path, root):
        parts = path.strip("/").split("/")
        if path in ("/query", "/queryAll") and request.method == "GET":
            return self.query(request.query.get("q", ""), root, path == "/queryAll")
        if path == "/search" and request.method == "GET":
            return self.search(request.query.get("q", ""), root)
        if path == "/limits":
            return Answer(200, {"DailyApiRequests": {"Max": self.allowance, "Remaining": self.allowance - self.calls}})
        if parts[:2] == ["ui-api", "object-info"] and len(parts) == 5 and parts[3] == "picklist-values":
            return self.picklists(parts[2], parts[4])
        if parts[0] == "sobjects" and len(parts) > 1:
            kind = next((name for name in PREFIX if name.lower() == parts[1].lower()), None)
            if kind is None:
                raise error(404, "NOT_FOUND", "The requested resource does not exist")
            return self.sobject(request, kind, parts[2:], root)
        raise error(404, "NOT_FOUND", "The requested resource does not exist")

    def sobject(self, request, kind, parts, root):
        if parts == ["describe"]:
            fields = [{"name": name, "label": name, **how} for name, how in self.kinds[kind].items()]
            return Answer(200, {"name": kind, "label": kind, "keyPrefix": PREFIX[kind], "createable": True, "fields": fields,
                                "recordTypeInfos": self.types.get(kind, [{**ONLY, "recordTypeId": MASTER}])})
        if len(parts) == 3 and parts[:2] == ["describe", "layouts"] and request.method == "GET":
            return self.layout(kind, parts[2])
        if not parts and request.method == "POST":
            row = self.create(kind, request.json(), request)
            return Answer(201, {"id": row["Id"], "success": True, "errors": []})
        if len(parts) == 2:
            return self.by_external_id(request, kind, parts[0], parts[1], root)
        if len(parts) == 1:
            row = self.row(kind, parts[0])
            if request.method == "GET":
                fields = request.query["fields"].split(",") if "fields" in request.query else self.kinds[kind]
                self.known(kind, fields)
                return Answer(200, self.shown(kind, row, fields, root), {"Last-Modified": formatdate(self.changed(row), usegmt=True)})
            if request.method == "PATCH":
                if row.get("IsConverted"):
                    raise error(400, "CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
                since = request.headers.get("If-Unmodified-Since")
                if since and self.changed(row) > parsedate_to_datetime(since).timestamp():
                    raise Answer(412, [])
                self.update(kind, row, request.json())
                return Answer(204)
            if request.method == "DELETE":
                self.touched(row)["IsDeleted"] = True
                return Answer(204)
        raise error(405, "METHOD_NOT_ALLOWED", "HTTP Method not allowed")

    def layout(self, kind, type):
        """What a person is asked; a name is one component of several fields."""
        if type != MASTER and type not in [one["recordTypeId"] for one in self.types.get(kind, [])]:
            raise error(404, "NOT_FOUND", "The requested resource does not exist")
        part = lambda name: {"type": "Field", "value": name, "displayLines": 1, "details": {"name": name}}
        item = lambda must, component: {"required": must, "editableForNew": True, "editableForUpdate": True, "placeholder": False, "layoutComponents": [component]}
        items = [item(name in self.layouts.get((kind, type), []), part(name)) for name, how in self.kinds[kind].items() if how["createable"]]
        items.append(item(True, {**part("Name"), "components": [part("FirstName"), part("LastName")]}))
        return Answer(200, {"id": "00h", "editLayoutSections": [{"layoutRows": [{"numItems": 1, "layoutItems": [one]} for one in items]}]})

    def picklists(self, kind, type):
        if (kind, type) not in self.values:
            raise error(404, "NOT_FOUND", "The requested resource does not exist")
        own = self.values[kind, type]
        told = {}
        for name, how in self.kinds[kind].items():
            values = [{"attributes": None, "label": v["label"], "validFor": [], "value": v["value"]} for v in how["picklistValues"]
                      if name not in own or v["value"] in own[name]]
            told[name] = {"controllerValues": {}, "defaultValue": None, "url": "x", "values": values}
        return Answer(200, {"eTag": "x", "picklistFieldValues": {name: one for name, one in told.items() if self.kinds[kind][name]["picklistValues"]}})

    def by_external_id(self, request, kind, name, value, root):
        how = self.kinds[kind].get(name)
        if not how or not (how["externalId"] or name == "Id"):
            raise error(404, "NOT_FOUND", f"Provided external ID field does not exist or is not accessible: {name}")
        rows = [row for row in self.records(kind) if (row.get(name) or "").lower() == value.lower()]
        if len(rows) > 1:
            raise Answer(300, [f"{root}/sobjects/{kind}/{row['Id']}" for row in rows])
        if request.method == "GET" and rows:
            return Answer(200, self.shown(kind, rows[0], self.kinds[kind], root))
        if request.method != "PATCH":
            raise error(404, "NOT_FOUND", "The requested resource does not exist")
        values = request.json()
        if name in values:
            raise error(400, "INVALID_FIELD", f"The {name} field should not be specified in the sobject data.")
        if rows:
            self.update(kind, rows[0], values)
            return Answer(200, {"id": rows[0]["Id"], "success": True, "errors": [], "created": False})
        row = self.create(kind, {**values, name: value}, request)
        return Answer(201, {"id": row["Id"], "success": True, "errors": [], "created": True})

    def row(self, kind, id18):
        row = self.tables[kind].get(id18) or next((r for r in self.tables[kind].values() if r["Id"][:15] == id18), None)
        if row is None:
            raise error(404, "NOT_FOUND", "Provided external ID field does not exist or is not accessible")
        if row["IsDeleted"]:
            raise error(404, "ENTITY_IS_DELETED", "entity is deleted")
        return row

    # writing

    def create(self, kind, values, request):
        self.check(kind, values, new=True)
        missing = [name for name, how in self.kinds[kind].items()
                   if not how["nillable"] and how["createable"] and not how["defaultedOnCreate"] and how["defaultValue"] is None and values.get(name) in (None, "")]
        if missing:
            raise error(400, "REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(missing)}]", missing)
        self.duplicates(kind, values, request)
        self.count += 1
        row = {name: how["defaultValue"] for name, how in self.kinds[kind].items()}
        defaults = {"Task": {"Status": "Not Started", "Priority": "Normal", "TaskSubtype": "Task"}, "Lead": {"Status": "Open", "IsConverted": False},
                    "Case": {"Status": "New", "IsClosed": False, "CaseNumber": f"{self.count:08}"}}
        row.update({**defaults.get(kind, {}), **values, "Id": id18(kind, self.count), "IsDeleted": False,
                    "CreatedDate": time.strftime("%Y-%m-%dT%H:%M:%S.000+0000", time.gmtime())})
        self.named(self.touched(row))
        if "IsPersonAccount" in row:
            row["IsPersonAccount"] = False
        self.tables[kind][row["Id"]] = row
        if self.index_waits:
            self.not_indexed.add(row["Id"])
        return row

    def person(self, values):
        """Somebody who is an account, and the contact behind."""
        contact = self.create("Contact", values, None)
        account = self.create("Account", {"Name": contact["Name"], "Phone": values.get("Phone")}, None)
        account.update(IsPersonAccount=True, PersonContactId=contact["Id"])
        contact.update(IsPersonAccount=True, AccountId=account["Id"])
        self.behind(contact, account)

    def behind(self, contact, account):
        """Both are one person, changed at one time."""
        account.update({ours: contact.get(theirs) for theirs, ours in PERSON.items()}, Name=contact["Name"], SystemModstamp=contact["SystemModstamp"])

    def update(self, kind, row, values):
        self.check(kind, {**row, **values}, new=False, given=values)
        missing = [name for name, value in values.items() if value in (None, "") and not self.kinds[kind][name]["nillable"]]
        if missing:
            raise error(400, "REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(missing)}]", missing)
        if kind == "Contact" and row.get("IsPersonAccount"):
            raise error(400, "INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id")
        self.touched(row).update(values)
        self.named(row)
        if kind == "Account" and row.get("IsPersonAccount"):
            contact = self.row("Contact", row["PersonContactId"])
            self.touched(contact).update({theirs: row[ours] for theirs, ours in PERSON.items()})
            self.named(contact)
            self.behind(contact, row)

    def touched(self, row):
        row["SystemModstamp"] = time.strftime("%Y-%m-%dT%H:%M:%S.000+0000", time.gmtime(self.second))
        return row

    def changed(self, row):
        return calendar.timegm(time.strptime(row["SystemModstamp"][:19], "%Y-%m-%dT%H:%M:%S"))

    def named(self, row):
        if row.get("LastName"):
            row["Name"] = " ".join(part for part in (row["FirstName"], row["LastName"]) if part)

    def check(self, kind, values, new, given=None):
        for name, value in (values if new else given).items():
            how = self.kinds[kind].get(name)
            if how is None:
                raise error(400, "INVALID_FIELD", f"No such column '{name}' on sobject of type {kind}")
            if not how["createable" if new else "updateable"]:
                raise error(400, "INVALID_FIELD_FOR_INSERT_UPDATE", f"Unable to create/update fields: {name}.", [name])
            if isinstance(value, str) and 0 < how["length"] < len(value):
                raise error(400, "STRING_TOO_LONG", f"{name}: data value too large (max length={how['length']})", [name])
            if value is not None and how["picklistValues"] and value not in [v["value"] for v in how["picklistValues"]]:
                raise error(400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", f"bad value for restricted picklist field: {value}", [name])
            if how["type"] == "date" and value is not None and not re.fullmatch(r"\d{4}-\d\d-\d\d", str(value)):
                raise error(400, "JSON_PARSER_ERROR", "Cannot deserialize instance of date")
            if how["type"] == "int" and value is not None and not isinstance(value, int):
                raise error(400, "JSON_PARSER_ERROR", "Cannot deserialize instance of int")
            if name == "RecordTypeId" and value not in [one["recordTypeId"] for one in self.types[kind] if one["available"] and one["active"]]:
                raise error(400, "INVALID_CROSS_REFERENCE_KEY", "Record Type ID: this ID value isn't valid for the user", [name])
            if name in self.values.get((kind, values.get("RecordTypeId")), {}) and value not in (None, *self.values[kind, values["RecordTypeId"]][name]):
                raise error(400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", f"bad value for restricted picklist field: {value}", [name])
            if how["type"] == "boolean" and value is not None and not isinstance(value, bool):
                raise error(400, "JSON_PARSER_ERROR", "Cannot deserialize instance of boolean")
            if how["type"] == "double" and value is not None and not isinstance(value, (int, float)):
                raise error(400, "JSON_PARSER_ERROR", "Cannot deserialize instance of double")
            if how["referenceTo"] and name != "RecordTypeId" and value is not None:
                self.refers(name, value, how["referenceTo"])
        for rule in self.rules:
            if rule["object"] == kind and not values.get(rule["field"]):
                raise error(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", rule["message"], [rule["field"]])
        if kind == "Task" and str(values.get("WhoId") or "").startswith("00Q") and values.get("WhatId"):
            raise error(400, "FIELD_INTEGRITY_EXCEPTION", "Related To ID: must be empty when Name ID is a lead", ["WhatId"])

    def refers(self, name, value, kinds):
        if not isinstance(value, str) or len(value) not in (15, 18):
            raise error(400, "MALFORMED_ID", f"{name}: id value of incorrect type: {value}", [name])
        rows = [row for kind in kinds for row in self.tables[kind].values() if row["Id"][:15] == value[:15]]
        if not rows:
            raise error(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        if rows[0]["IsDeleted"]:
            raise error(400, "ENTITY_IS_DELETED", "entity is deleted")

    def duplicates(self, kind, values, request):
        if request is None or not self.duplicate_rule or kind not in ("Contact", "Lead"):
            return
        if "allowsave=true" in request.headers.get("Sforce-Duplicate-Rule-Header", "").replace(" ", "").lower():
            return
        digits = lambda text: re.sub(r"\D", "", text or "")[-8:]
        same = [row for row in self.records(kind)
                if row["LastName"] == values.get("LastName") and digits(values.get("Phone")) and digits(row["Phone"]) == digits(values["Phone"])]
        if same:
            matches = [{"record": {"attributes": {"type": kind, "url": "x"}, "Id": row["Id"]}, "matchConfidence": 100.0} for row in same]
            body = {"errorCode": "DUPLICATES_DETECTED", "message": "Use one of these records?",
                    "duplicateResut": {"allowSave": True, "duplicateRule": "Standard", "matchResults": [{"entityType": kind, "matchRecords": matches}]}}
            raise Answer(400, [body])

    # reading

    def query(self, text, root, every=False):
        parser = Parser(text)
        parser.take("word", "SELECT")
        fields = parser.fields()
        parser.take("word", "FROM")
        kind = parser.take("word")
        condition, order, limit = parser.rest()
        if parser.left:
            raise Malformed(f"unexpected token: {parser.left[0][1]!r}")
        if kind not in self.kinds:
            raise error(400, "INVALID_TYPE", f"sObject type '{kind}' is not supported.")
        self.known(kind, fields + names_of(condition))
        rows = list(self.tables[kind].values()) if every else self.records(kind)
        rows = [row for row in rows if holds(condition, lambda name: self.value(row, name))]
        if order:
            rows.sort(key=lambda row: ([str(self.value(row, name) or "") for name in order[0]], row["Id"]), reverse=order[1])
        shown = [self.shown(kind, row, fields, root) for row in rows[:limit]]
        return Answer(200, {"totalSize": len(shown), "done": True, "records": shown})

    def search(self, text, root):
        words, group, wishes, limit = read_sosl(text)
        if group == "PHONE" and not wishes:
            raise Malformed("RETURNING is missing")
        shown = []
        for kind, fields, (condition, _, most) in wishes:
            if kind not in self.kinds:
                raise error(400, "INVALID_TYPE", f"sObject type '{kind}' is not supported.")
            self.known(kind, fields + names_of(condition))
            types = {"PHONE": ["phone"], "EMAIL": ["email"], "NAME": []}.get(group, ["phone", "email", "string", "textarea"])
            names = [name for name, how in self.kinds[kind].items() if how["type"] in types or (name == "Name" and group in ("NAME", "ALL"))]
            rows = [row for row in self.records(kind) if row["Id"] not in self.not_indexed
                    and found_in(words, [row.get(name) for name in names]) and holds(condition, lambda name: self.value(row, name))]
            shown += [self.shown(kind, row, fields, root) for row in rows[:most]]
        return Answer(200, {"searchRecords": shown[:limit]})

    def known(self, kind, names):
        for name in names:
            owner, _, inner = name.rpartition(".")
            if (owner and (owner != "Account" or inner not in self.kinds["Account"])) or (not owner and name not in self.kinds[kind]):
                raise error(400, "INVALID_FIELD", f"No such column '{name}' on entity '{kind}'")

    def value(self, row, name):
        if name.startswith("Account."):
            account = self.tables["Account"].get(row.get("AccountId"))
            return account and account.get(name[8:])
        return row.get(name)

    def shown(self, kind, row, fields, root):
        shown = {"attributes": {"type": kind, "url": f"{root}/sobjects/{kind}/{row['Id']}"}}
        for name in fields:
            if name.startswith("Account."):
                value = self.value(row, name)
                shown["Account"] = None if value is None else {**(shown.get("Account") or {}), name[8:]: value}
            else:
                shown[name] = row.get(name)
        return shown


def soap(status, inside, space=""):
    text = f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{SOAP}"{space}><soapenv:Body>{inside}</soapenv:Body></soapenv:Envelope>'
    return Answer(status, text, {"Content-Type": "text/xml;charset=UTF-8"})


def fault(code, message):
    detail = f'<detail><sf:fault xmlns:sf="urn:fault.partner.soap.sforce.com"><sf:exceptionCode>{code.split(":")[1]}</sf:exceptionCode></sf:fault></detail>'
    inside = f"<soapenv:Fault><faultcode>{code}</faultcode><faultstring>{escape(message)}</faultstring>{detail}</soapenv:Fault>"
    return soap(500, inside, ' xmlns:sf="urn:fault.partner.soap.sforce.com"')


def error(status, code, message, fields=()):
    return Answer(status, [{"message": message, "errorCode": code, **({"fields": list(fields)} if status == 400 else {})}])


def id18(kind, count):
    """15 characters, and three more that tell which of them are upper case."""
    short = f"{PREFIX.get(kind, '012')}5e{count:010}"
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
    bits = lambda five: sum(1 << n for n, c in enumerate(five) if c.isupper())
    return short + "".join(letters[bits(short[at : at + 5])] for at in (0, 5, 10))


if __name__ == "__main__":
    serve(Salesforce())
