"""A Pipedrive company on loopback: persons of API v2, call logs and deals (developers.pipedrive.com, API reference)."""

import re

from described import Described
from plumbing import Answer, serve

PERSON = ["name", "phones", "emails", "org_id", "add_time"]
CALL = ["subject", "note", "to_phone_number", "from_phone_number", "start_time", "end_time", "duration", "outcome", "person_id", "deal_id", "org_id"]
OUTCOMES = ["connected", "no_answer", "left_message", "left_voicemail", "wrong_number", "busy"]


class Pipedrive(Described):
    kinds = {"persons": PERSON, "callLogs": CALL, "deals": ["title", "person_id", "status"]}
    must = {"persons": ["name"], "callLogs": ["to_phone_number", "start_time", "end_time", "outcome"]}

    def answer(self, request):
        if request.headers.get("x-api-token") != self.key or self.key is None:
            raise Answer(401, {"success": False, "error": "unauthorized access", "errorCode": 401, "error_info": "see the documentation"})
        asked = (request.method, request.path)
        if asked == ("GET", "/api/v1/users/me"):
            return good({"id": 1, "name": "Ana Agente", "email": "ana@example.com", "company_name": "Yunque"})
        if asked == ("GET", "/api/v1/personFields"):
            fields = [("name", "varchar"), ("phone", "phone"), ("email", "varchar")] + [(name, "varchar") for name in self.kinds["persons"][5:]]
            return good([{"key": k, "name": k.title(), "field_type": t, "mandatory_flag": k in self.must["persons"]} for k, t in fields])
        if asked == ("GET", "/api/v2/persons/search"):
            return good({"items": self.search(request.query)}, {"next_cursor": None})
        if asked == ("GET", "/api/v2/persons"):
            return self.newest(request.query)
        if asked == ("POST", "/api/v2/persons"):
            return good(self.create("persons", request.json()))
        if asked == ("POST", "/api/v1/callLogs"):
            return good(self.log(request.json()))
        if asked == ("GET", "/api/v1/callLogs"):
            start, limit = int(request.query.get("start", 0)), int(request.query.get("limit", 100))
            rows = self.tables["callLogs"][::-1]
            page = {"start": start, "limit": limit, "more_items_in_collection": start + limit < len(rows)}
            return good(rows[start : start + limit], {"pagination": page})
        if asked == ("GET", "/api/v2/deals"):
            want = request.query
            rows = [row for row in self.tables["deals"] if str(row["person_id"]) == want["person_id"] and row["status"] == want["status"]]
            return good(rows, {"next_cursor": None})
        raise Answer(404, {"success": False, "error": "Not found", "code": "ERR_NOT_FOUND"})

    def create(self, kind, values):
        if self.unknown(kind, values):
            raise invalid(f"{self.unknown(kind, values)[0]} is not allowed")
        if self.missing(kind, values):
            raise invalid(f"{self.missing(kind, values)[0]}: Required")
        for member in [*values.get("phones", []), *values.get("emails", [])]:
            if not isinstance(member.get("value"), str):
                raise invalid("value: Required")
        return self.insert(kind, {"org_id": None, "phones": [], "emails": [], **values} if kind == "persons" else values)

    def log(self, values):
        if values.get("outcome") not in OUTCOMES:
            raise invalid("outcome: Invalid enum value")
        for name in ("start_time", "end_time"):
            if not re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", values.get(name) or ""):
                raise invalid(f"{name}: Invalid date")
        if values.get("person_id") is not None and (not isinstance(values["person_id"], int) or not self.row("persons", values["person_id"])):
            raise Answer(404, {"success": False, "error": "Person not found", "code": "ERR_NOT_FOUND"})
        return self.create("callLogs", values)

    def identifier(self):
        return self.count

    def search(self, query):
        term, found = query["term"].lower(), []
        if len(term) < 2:
            raise invalid("term: must be at least 2 characters")
        for row in self.tables["persons"]:
            texts = {"phone": [p["value"] for p in row["phones"]], "email": [e["value"] for e in row["emails"]], "name": [row["name"]]}
            fields = query.get("fields", "name,phone,email").split(",")
            if row["id"] not in self.not_indexed and any(term in text.lower() for name in fields for text in texts[name]):
                item = {"id": row["id"], "type": "person", "name": row["name"], "phones": texts["phone"], "emails": texts["email"], "organization": None}
                found.append({"result_score": 0.5, "item": item})
        return found[: int(query.get("limit", 100))]

    def newest(self, query):
        start, limit = int(query.get("cursor") or 0), int(query["limit"])
        rows = self.tables["persons"][::-1] if query.get("sort_direction") == "desc" else self.tables["persons"]
        more = str(start + limit) if start + limit < len(rows) else None
        return good(rows[start : start + limit], {"next_cursor": more})


def good(data, more=None):
    return Answer(200, {"success": True, "data": data, "additional_data": more})


def invalid(message):
    return Answer(400, {"success": False, "error": f"Validation failed: {message}", "code": "ERR_SCHEMA_VALIDATION_FAILED"})


if __name__ == "__main__":
    serve(Pipedrive())
