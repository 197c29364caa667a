"""An Odoo 19 on loopback: as much of its JSON-2 API as the description uses (odoo.com/documentation/19.0, «External JSON-2 API»)."""

import re

from described import Described
from plumbing import Answer, serve

BASE = "company"


class Odoo(Described):
    kinds = {
        "res.partner": ["name", "phone", "email", "commercial_company_name", "phone_sanitized"],
        "crm.lead": ["name", "contact_name", "partner_name", "phone", "email_from", "phone_sanitized"],
        "mail.message": ["model", "res_id", "message_type", "subject", "date", "body"],
    }
    stamp = "write_date"
    must = {"res.partner": ["name"], "crm.lead": ["name"]}

    def answer(self, request):
        match = re.fullmatch(r"/json/2/([\w.]+)/(\w+)", request.path)
        if request.method != "POST" or not match:
            raise Answer(404, "<!doctype html>")
        if request.bearer() != self.key or self.key is None:
            raise error(401, "werkzeug.exceptions.Unauthorized", "Invalid apikey")
        if request.headers.get("X-Odoo-Database") != BASE:
            raise error(404, "werkzeug.exceptions.NotFound", "no such database")
        if "application/json" not in request.headers.get("Content-Type", ""):
            raise error(400, "werkzeug.exceptions.BadRequest", "Content-Type")
        model, method = match.groups()
        asked = request.json()
        if (model, method) == ("res.users", "context_get"):
            return Answer(200, {"lang": "es_CR", "tz": "America/Costa_Rica", "uid": 2})
        if model not in self.kinds:
            raise error(404, "werkzeug.exceptions.NotFound", f"the model {model!r} does not exist")
        if method == "search_read":
            return Answer(200, self.search(model, asked))
        if method in ("read", "write"):
            return self.on_ids(model, method, asked)
        if method == "create":
            return Answer(200, self.create(model, asked["vals_list"]))
        if method == "fields_get":
            kinds = {"date": "datetime", "res_id": "integer"}
            return Answer(200, {"id": {"type": "integer", "string": "ID", "required": False, "readonly": True}, **{
                name: {"type": kinds.get(name, "char"), "string": name.title(), "required": name in self.must.get(model, []), "readonly": False,
                       **({"type": "selection", "selection": [["call", "Llamada"], ["web", "Página"]]} if name == "source" else {})}
                for name in self.kinds[model]}})
        raise error(404, "werkzeug.exceptions.NotFound", f"{model}.{method} does not exist")

    def on_ids(self, model, method, asked):
        rows = [self.row(model, id) if isinstance(id, int) else None for id in asked["ids"]]
        if None in rows:
            raise error(404, "odoo.exceptions.MissingError", "Record does not exist or has been deleted.")
        values = asked.get("vals", {})
        wrong = self.unknown(model, [*values, *(name for name in asked.get("fields", []) if name != self.stamp)])
        if wrong:
            raise error(422, "builtins.ValueError", f"Invalid field {wrong[0]!r} on {model!r}")
        if method == "write":
            for row in rows:
                self.touched(row).update({name: value or False for name, value in values.items()})
            return Answer(200, True)
        return Answer(200, [{name: row[name] for name in ["id", *asked["fields"]]} for row in rows])

    def create(self, model, many):
        if not isinstance(many, list):
            raise error(422, "builtins.TypeError", "vals_list")
        for values in many:
            if self.unknown(model, values):
                raise error(422, "builtins.ValueError", f"Invalid field {self.unknown(model, values)[0]!r} in {model!r}")
            if self.missing(model, values):
                raise error(422, "odoo.exceptions.ValidationError", f"Missing required fields: {self.missing(model, values)}")
            if values.get("res_id") is not None and (not isinstance(values["res_id"], int) or not self.row(values["model"], values["res_id"])):
                raise error(404, "odoo.exceptions.MissingError", "Record does not exist or has been deleted.")
        made = []
        for values in many:
            phone = values.get("phone")
            sanitized = re.sub(r"[^\d+]", "", phone) if phone and phone.startswith("+") else False
            made.append(self.insert(model, {name: False for name in self.kinds[model]} | values | ({"phone_sanitized": sanitized} if "phone" in self.kinds[model] else {})))
        return [row["id"] for row in made]

    def search(self, model, asked):
        wrong = self.unknown(model, asked.get("fields", []))
        if wrong:
            raise error(422, "builtins.ValueError", f"Invalid field {wrong[0]!r} on {model!r}")
        rows = [row for row in self.tables[model] if self.holds(list(asked.get("domain", [])), row, model)]
        if asked.get("order") == "id desc":
            rows.reverse()
        return [{name: row[name] for name in ["id", *asked["fields"]]} for row in rows[: asked.get("limit")]]

    def holds(self, domain, row, model):
        """A domain is in Polish notation; what stands beside each other is joined with «and»."""

        def one():
            part = domain.pop(0)
            if part in ("|", "&"):
                first, second = one(), one()
                return first or second if part == "|" else first and second
            name, sign, value = part
            if name not in self.kinds[model]:
                raise error(422, "builtins.ValueError", f"Invalid field {model}.{name}")
            have = row[name] or ""
            if sign == "=":
                return have == value
            if sign == "ilike":
                pattern = ".*".join(re.escape(piece) for piece in value.split("%"))
                return re.search(pattern, have, re.I | re.S) is not None
            raise error(422, "builtins.ValueError", f"Invalid operator {sign!r}")

        results = []
        while domain:
            results.append(one())
        return all(results)


def error(status, name, message):
    return Answer(status, {"name": name, "message": message, "arguments": [message], "context": {}, "debug": "Traceback"})


if __name__ == "__main__":
    serve(Odoo())
