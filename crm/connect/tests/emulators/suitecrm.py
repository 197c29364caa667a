"""A SuiteCRM 8 on loopback: its V8 API with client credentials (docs.suitecrm.com, «JSON API», and Api/V8 of its sources).

It has the API's own ways: comparison for equality alone, `deleted = 0` joined by the same operator as everything else, and an
`errors` that is one object.
"""

import re
import uuid

from described import KEY, Described
from plumbing import Answer, serve

PERSON = ["first_name", "last_name", "phone_work", "phone_mobile", "phone_home", "email1", "account_name", "status", "deleted"]
CALL = ["name", "description", "status", "direction", "date_start", "duration_hours", "duration_minutes", "outlook_id", "parent_type", "parent_id", "deleted"]
ROOT = "/legacy/Api"


class SuiteCRM(Described):
    kinds = {"Contacts": PERSON, "Leads": PERSON, "Calls": CALL, "Cases": ["name", "case_number", "contact_id", "deleted"]}
    stamp = "date_modified"
    must = {"Contacts": ["last_name"], "Leads": ["last_name"], "Calls": ["name"]}

    def __init__(self):
        super().__init__()
        self.login.clients["timbre"] = KEY

    def identifier(self):
        return str(uuid.UUID(int=self.count))

    def answer(self, request):
        if (request.method, request.path) == ("POST", f"{ROOT}/access_token"):
            return self.login.token(request)
        if not self.login.lets_in(request.bearer()):
            raise Answer(401, {"error": "access_denied", "message": "The resource owner or authorization server denied the request."})
        if not request.path.startswith(f"{ROOT}/V8/"):
            raise Answer(404, "<html>")
        if request.body and request.headers.get("Content-Type") != "application/vnd.api+json":
            raise Answer(415, {"errors": {"status": 415, "title": None, "detail": "Wrong Content-Type header. Must be: application/vnd.api+json"}})
        parts = request.path[len(ROOT) + 4 :].split("/")
        if parts == ["current-user"]:
            return good({"type": "User", "id": "1", "attributes": {"user_name": "ana", "full_name": "Ana Agente"}})
        if parts[:2] == ["meta", "fields"] and request.method == "GET":
            kind = self.module(parts[2])
            types = {"last_name": "varchar", "phone_work": "phone", "phone_mobile": "phone", "deleted": "bool"}
            return good({"type": "fields", "attributes": {
                name: {"type": types.get(name, "varchar"), "dbType": "varchar", **({"required": True} if name in self.must[kind] else {})}
                for name in self.kinds[kind]}})
        if parts == ["module"] and request.method in ("POST", "PATCH"):
            return self.write(request.method, request.json()["data"])
        if parts[0] == "module" and request.method == "GET" and len(parts) == 2:
            return self.listed(self.module(parts[1]), request.query)
        if parts[0] == "module" and request.method == "GET" and len(parts) == 3:
            row = self.row(self.module(parts[1]), parts[2])
            if row is None or row["deleted"] != "0":
                raise failed(400, f"{parts[1]} module with id {parts[2]} is not found in")
            return Answer(200, {"data": self.shown(parts[1], row)})
        if parts[0] == "module" and parts[3:] == ["relationships", "cases"]:
            rows = [row for row in self.tables["Cases"] if row["contact_id"] == parts[2]]
            return Answer(200, {"data": [self.shown("Cases", row) for row in rows]})
        raise failed(404, "Not found")

    def module(self, name):
        if name not in self.kinds:
            raise failed(400, f"Module {name} does not exist")
        return name

    def write(self, method, data):
        kind, values = self.module(data["type"]), data.get("attributes", {})
        if self.unknown(kind, values):
            raise failed(400, f"Property {self.unknown(kind, values)[0]} in {kind} module is invalid")
        if method == "PATCH":
            row = self.row(kind, data["id"])
            if row is None:
                raise failed(400, f"{kind} module with id {data['id']} is not found in")
            self.touched(row).update(values)
            return Answer(201, {"data": self.shown(kind, row)})
        if self.missing(kind, values):
            raise failed(400, f"Missing required field: {self.missing(kind, values)[0]}")
        row = self.insert(kind, {name: "" for name in self.kinds[kind]} | values | {"deleted": "0"})
        return Answer(201, {"data": self.shown(kind, row)})

    def listed(self, kind, query):
        operator, conditions = query.get("filter[operator]", "and").lower(), [("deleted", "eq", "0")]
        for name, value in query.items():
            match = re.fullmatch(r"filter\[(\w+)\]\[(\w+)\]", name)
            if match:
                field, sign = match.groups()
                if field not in self.kinds[kind]:
                    raise failed(400, f"Filter field {field} in {kind} module is not found")
                if sign.lower() not in ("eq", "neq", "gt", "gte", "lt", "lte"):
                    raise failed(400, f"Filter operator {sign} is invalid")
                conditions.append((field, sign.lower(), value))
        join = any if operator == "or" else all
        rows = [row for row in self.tables[kind] if join(str(row[f]) == v if s == "eq" else False for f, s, v in conditions)]
        if query.get("sort") == "-date_entered":
            rows.reverse()
        return Answer(200, {"meta": {"total-pages": 1, "records-on-this-page": len(rows)}, "data": [self.shown(kind, row) for row in rows[: int(query.get("page[size]", 20))]]})

    def shown(self, kind, row):
        return {"type": kind, "id": row["id"], "attributes": {name: value for name, value in row.items() if name != "id"}, "relationships": {}}


def good(data):
    return Answer(200, {"data": data})


def failed(status, detail):
    return Answer(status, {"errors": {"status": status, "title": None, "detail": detail}})


if __name__ == "__main__":
    serve(SuiteCRM())
