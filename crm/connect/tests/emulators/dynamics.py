"""A Dynamics 365 organisation on loopback: the Dataverse Web API 9.2 (learn.microsoft.com, «Use the Microsoft Dataverse Web API»)
with Entra's authorize and token endpoints: PKCE, refresh tokens that rotate, upsert with the client's own id, OData filters.
"""

import re
import uuid

from described import Described
from plumbing import Answer, serve

ROOT = "/api/data/v9.2/"
PERSON = ["firstname", "lastname", "fullname", "telephone1", "telephone2", "mobilephone", "emailaddress1", "createdon", "statecode"]
CALL = ["subject", "description", "phonenumber", "directioncode", "actualdurationminutes", "actualstart", "actualend"]
SETS = {"contacts": "contactid", "leads": "leadid", "phonecalls": "activityid", "incidents": "incidentid", "accounts": "accountid"}
BOUND = {f"regardingobjectid_{name}_phonecall@odata.bind": f"{name}s" for name in ("contact", "lead", "account", "incident")}


class Dynamics(Described):
    kinds = {"contacts": PERSON, "leads": [*PERSON, "subject", "companyname"], "phonecalls": [*CALL, "regarding"],
             "incidents": ["ticketnumber", "title", "_customerid_value", "statecode", "createdon"], "accounts": ["name"]}
    stamp = "versionnumber"
    must = {"contacts": ["lastname"], "leads": ["lastname", "subject"], "phonecalls": []}

    def __init__(self):
        super().__init__()
        self.login.rotates = True

    def identifier(self):
        return str(uuid.UUID(int=(7 << 64) + self.count))

    def answer(self, request):
        if request.path == "/common/oauth2/v2.0/authorize":
            if f"{self.base}/user_impersonation" not in request.query.get("scope", ""):
                raise Answer(400, {"error": "invalid_scope"})
            return self.login.authorize(request)
        if request.path == "/common/oauth2/v2.0/token":
            return self.login.token(request)
        if request.path == "/common/oauth2/revoke":
            return self.login.revoke(request)
        if not self.login.lets_in(request.bearer()):
            raise Answer(401, headers={"WWW-Authenticate": f"Bearer authorization_uri={self.base}/common/oauth2/authorize"})
        if not request.path.startswith(ROOT) or request.headers.get("OData-Version") != "4.0":
            raise failed(404, "0x8006088a", "Resource not found for the segment")
        path = request.path[len(ROOT) :]
        if path == "WhoAmI":
            return Answer(200, {"UserId": str(uuid.UUID(int=1)), "BusinessUnitId": str(uuid.UUID(int=2)), "OrganizationId": str(uuid.UUID(int=3))})
        match = re.fullmatch(r"EntityDefinitions\(LogicalName='(\w+)'\)/Attributes", path)
        if match:
            return Answer(200, {"value": self.attributes(match.group(1) + "s")})
        match = re.fullmatch(r"(\w+)(?:\(([^()]*)\))?", path)
        if not match or match.group(1) not in SETS:
            raise failed(404, "0x80060888", f"Resource not found for the segment '{path}'.")
        return self.on_set(request, *match.groups())

    def attributes(self, kind):
        return [{"LogicalName": name, "AttributeType": "String", "IsValidForCreate": True, "DisplayName": {"UserLocalizedLabel": {"Label": name.title()}},
                 "RequiredLevel": {"Value": "ApplicationRequired" if name in self.must[kind] else "None"}} for name in self.kinds[kind]]

    def on_set(self, request, kind, id):
        if id is not None and not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", id):
            raise failed(400, "0x80060888", f"Error in query syntax: {id}")
        wants = "return=representation" in request.headers.get("Prefer", "")
        if request.method == "GET" and id is None:
            return self.listed(request, kind)
        if request.method == "GET":
            row = self.row(kind, id)
            if row is None:
                raise failed(404, "0x80040217", f"{kind} With Id = {id} Does Not Exist")
            wanted = request.query.get("$select", "").split(",")
            return Answer(200, {name: value for name, value in self.shown(kind, row).items() if name in wanted or name.startswith("@") or name == SETS[kind]})
        if request.method == "POST" and id is None:
            row = self.create(kind, request.json())
            return Answer(201, self.shown(kind, row)) if wants else Answer(204, headers={"OData-EntityId": f"{self.base}{ROOT}{kind}({row['id']})"})
        if request.method == "PATCH" and id is not None:
            row, status = self.row(kind, id), 200
            match = request.headers.get("If-Match")
            if row is None:
                if match:
                    raise failed(404, "0x80040217", f"{kind} With Id = {id} Does Not Exist")
                row, status = self.create(kind, request.json(), id), 201
            else:
                if match not in (None, "*", etag(row)):
                    raise failed(412, "0x80060882", "The version of the existing record doesn't match the RowVersion property provided.")
                self.touched(row).update(self.values(kind, request.json()))
                self.named(row)
            return Answer(status, self.shown(kind, row)) if wants else Answer(204)
        raise failed(405, "0x80060888", "The requested resource does not support this method.")

    def values(self, kind, given):
        values = {}
        for name, value in given.items():
            if name in BOUND and kind == "phonecalls":
                match = re.fullmatch(r"/(\w+)\(([^()]+)\)", value)
                if not match or match.group(1) != BOUND[name] or not self.row(BOUND[name], match.group(2)):
                    raise failed(404, "0x80040217", "Entity Does Not Exist")
                values["regarding"] = value
            elif name not in self.kinds[kind]:
                raise failed(400, "0x80048d19", f"Error identified in Payload: Invalid property '{name}' was found in entity")
            else:
                values[name] = value
        if not isinstance(values.get("directioncode", True), bool) or not isinstance(values.get("actualdurationminutes", 0), int):
            raise failed(400, "0x80048d19", "Cannot convert the literal to the expected type")
        return values

    def create(self, kind, given, id=None):
        values = {name: None for name in self.kinds[kind]} | self.values(kind, given)
        if self.missing(kind, values):
            raise failed(400, "0x80040203", f"Attribute {self.missing(kind, values)[0]} is required")
        if "lastname" in values:
            values.update(createdon=f"{self.count:09}", statecode=0)
        row = self.named(self.insert(kind, values))
        if id is not None:
            row["id"] = id
        return row

    def named(self, row):
        if "lastname" in row:
            row["fullname"] = " ".join(part for part in (row["firstname"], row["lastname"]) if part)
        return row

    def listed(self, request, kind):
        query = request.query
        holds = odata(query["$filter"], self.kinds[kind]) if "$filter" in query else lambda row: True
        rows = [row for row in self.tables[kind] if holds(row)]
        if query.get("$orderby") == "createdon desc":
            rows.sort(key=lambda row: row["createdon"] or "", reverse=True)
        rows = rows[: int(query.get("$top", 5000))]
        size = re.search(r"odata\.maxpagesize=(\d+)", request.headers.get("Prefer", ""))
        size, skip = int(size.group(1)) if size else 5000, int(query.get("$skiptoken", 0))
        answer = {"@odata.context": f"{self.base}{ROOT}$metadata#{kind}", "value": [self.shown(kind, row) for row in rows[skip : skip + size]]}
        if skip + size < len(rows):
            from urllib.parse import urlencode
            answer["@odata.nextLink"] = f"{self.base}{ROOT}{kind}?{urlencode({**query, '$skiptoken': skip + size})}"
        return Answer(200, answer)

    def shown(self, kind, row):
        return {"@odata.etag": etag(row), SETS[kind]: row["id"], **{name: value for name, value in row.items() if name not in ("id", "regarding", self.stamp)}}


def etag(row):
    return f'W/"{row[Dynamics.stamp]}"'


TOKEN = re.compile(r"\s*(?:'((?:[^']|'')*)'|(contains|and|or|eq|true|false|null|\w[\w-]*)|([(),]))")


def odata(text, fields):
    """A filter of contains(field,'text'), field eq value, and, or; anything else is refused, as the real one does."""
    left, at = [], 0
    text = text.strip()
    while at < len(text):
        match = TOKEN.match(text, at)
        if not match:
            raise failed(400, "0x80060888", f"Syntax error at position {at} in '{text}'")
        left.append(("text", match[1].replace("''", "'")) if match[1] is not None else ("word", match[2]) if match[2] else ("sign", match[3]))
        at = match.end()

    def take(kind, value=None):
        if not left or left[0][0] != kind or (value and left[0][1] != value):
            raise failed(400, "0x80060888", f"Syntax error in '{text}'")
        return left.pop(0)[1]

    def field():
        name = take("word")
        if name not in fields:
            raise failed(400, "0x80060888", f"Could not find a property named '{name}'")
        return name

    def one():
        if left and left[0] == ("word", "contains"):
            take("word")
            take("sign", "(")
            name = field()
            take("sign", ",")
            part = take("text").lower()
            take("sign", ")")
            return lambda row: part in (row[name] or "").lower()
        name = field()
        take("word", "eq")
        value = left.pop(0)[1]
        return lambda row: str(row[name] if row[name] is not None else "").lower() == value.lower()

    def joined(word, inner):
        parts = [inner()]
        while left and left[0] == ("word", word):
            left.pop(0)
            parts.append(inner())
        return (lambda row: any(part(row) for part in parts)) if word == "or" else (lambda row: all(part(row) for part in parts))

    whole = joined("or", lambda: joined("and", one))
    if left:
        raise failed(400, "0x80060888", f"Syntax error in '{text}'")
    return whole


def failed(status, code, message):
    return Answer(status, {"error": {"code": code, "message": message}})


if __name__ == "__main__":
    serve(Dynamics())
