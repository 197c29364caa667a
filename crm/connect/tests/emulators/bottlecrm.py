"""A BottleCRM on loopback: as much of its REST API as the description uses, with the answers that django-crm 1.35.0 gives; the test
runs against a real one, too, where the environment names it.
"""

import datetime
import re
import uuid

from plumbing import Answer, Emulator, serve

TOKEN = "bcrm_pat_" + "x" * 40
CONTACT = ["first_name", "last_name", "email", "phone", "organization", "title", "department", "description"]
HOMES = ["lead", "contact", "account", "opportunity", "case"]


class BottleCRM(Emulator):
    def __init__(self):
        super().__init__()
        self.contacts, self.interactions = [], []

    def records(self, name):
        return {"contacts": self.contacts, "interactions": self.interactions}[name]

    def answer(self, request):
        if request.bearer() != TOKEN:
            raise Answer(403, {"detail": "Organization context is required. Please login again."})
        if (request.method, request.path) == ("GET", "/api/profile/"):
            return Answer(200, {"user_obj": {"id": str(uuid.UUID(int=1)), "user_details": {"email": "ana@company.example", "name": "ana"}, "role": "ADMIN"}})
        if request.path == "/api/contacts/":
            return self.create(request.json()) if request.method == "POST" else self.search(request.query)
        match = re.fullmatch(r"/api/contacts/([0-9a-f-]{36})/", request.path)
        if match:
            return self.one(request, match[1])
        if request.path == "/api/interactions/":
            return self.log(request.json()) if request.method == "POST" else self.told(request.query)
        raise Answer(404, "<h1>Not Found</h1>")

    def create(self, values):
        errors = {name: ["This field is required."] for name in ("first_name", "last_name") if not values.get(name)}
        email = values.get("email")
        if email and any((row["email"] or "").lower() == email.lower() for row in self.contacts):
            errors["email"] = ["Contact already exists with this email"]
        if errors:
            raise Answer(400, {"error": True, "errors": errors})
        row = {"id": str(uuid.uuid4()), **{name: values.get(name) for name in CONTACT}}
        digits = re.sub(r"[^\d+]", "", row["phone"] or "")
        row["phone_e164"] = digits if digits.startswith("+") else ""
        self.contacts.insert(0, row)
        return Answer(200, {"error": False, "message": "Contact created Successfuly", "id": row["id"]})

    def one(self, request, id):
        row = next((row for row in self.contacts if row["id"] == id), None)
        if row is None:
            raise Answer(404, {"detail": "No Contact matches the given query."})
        if request.method == "GET":
            return Answer(200, {"contact_obj": row, "comments": [], "attachments": []})
        if request.method != "PATCH":
            raise Answer(405, {"detail": f'Method "{request.method}" not allowed.'})
        values = {name: value for name, value in request.json().items() if name in CONTACT}
        errors = {name: ["This field may not be blank."] for name in ("first_name", "last_name") if values.get(name, "x") == ""}
        if errors:
            raise Answer(400, {"error": True, "errors": errors})
        row.update(values)
        return Answer(200, {"error": False, "message": "Contact Updated Successfully"})

    def change(self, wishes):
        for name, value in wishes.items():
            row = next(row for row in self.contacts if row["id"] == value["id"])
            if name == "change":
                row.update(value["record"])
            elif name == "delete":
                self.contacts.remove(row)
            else:
                raise Answer(400, {"unknown": name})

    def search(self, query):
        text = query.get("search", "").lower()
        rows = [row for row in self.contacts if any(text in (row[name] or "").lower() for name in ("first_name", "last_name", "email", "phone"))]
        return Answer(200, {"per_page": 10, "count": len(rows), "results": rows[: int(query.get("limit", 10))]})

    def record(self, values):
        named = [name for name in HOMES if values.get(name)]
        if len(named) != 1:
            raise Answer(400, {"error": True, "errors": {"non_field_errors": ["Name exactly one record: lead, contact, account, opportunity or case."]}})
        if named != ["contact"] or all(row["id"] != values["contact"] for row in self.contacts):
            raise Answer(404, {"detail": "No such record."})
        return values["contact"]

    def log(self, values):
        contact = self.record(values)
        known = {"kind": ("call", "meeting", "email", "whatsapp", "sms"), "direction": ("inbound", "outbound"), "outcome": ("connected", "no_answer", "voicemail", "busy", "wrong_number", "")}
        for name, choices in known.items():
            if name in values and values[name] not in choices:
                raise Answer(400, {"error": True, "errors": {name: [f'"{values[name]}" is not a valid choice.']}})
        at = datetime.datetime.fromisoformat(values["occurred_at"].replace("Z", "+00:00"))
        if at > datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=5):
            raise Answer(400, {"error": True, "errors": {"occurred_at": ["This is more than five minutes in the future."]}})
        names = ("kind", "direction", "occurred_at", "duration_seconds", "outcome", "subject", "body")
        row = {"id": str(uuid.uuid4()), **{name: values.get(name, "") for name in names}, "contact": contact, "external_id": ""}
        self.interactions.insert(0, row)
        return Answer(201, row)

    def told(self, query):
        contact, offset = self.record(query), int(query.get("offset", 0))
        rows = [row for row in self.interactions if row["contact"] == contact]
        return Answer(200, {"interactions": rows[offset : offset + min(int(query.get("limit", 50)), 200)], "count": len(rows)})


if __name__ == "__main__":
    serve(BottleCRM())
