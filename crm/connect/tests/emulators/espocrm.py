"""An EspoCRM on loopback: its REST API as its documentation has it (docs.espocrm.com, «API») and as a real one behaves: answers of
200 to what is made, ids of its own, duplicates that are told with 409, calls that need somebody assigned, lists that show one number.
"""

import re

from described import Described
from plumbing import Answer, serve

PERSON = ["firstName", "lastName", "phoneNumber", "phoneNumberData", "emailAddress", "accountName", "status"]
CALL = ["name", "description", "status", "direction", "dateStart", "dateEnd", "assignedUserId", "contactsIds", "leadsIds", "parentType", "parentId"]
USER = "00000000000000a01"


class EspoCRM(Described):
    kinds = {"Contact": PERSON, "Lead": PERSON, "Account": ["name", "phoneNumberData"], "Call": CALL, "Case": ["name", "number", "status", "contact"]}
    stamp = "modifiedAt"
    must = {"Contact": ["lastName"], "Lead": ["lastName"], "Call": ["name", "dateStart", "dateEnd", "assignedUserId"]}

    def identifier(self):
        return f"{self.count:017x}"

    def answer(self, request):
        if self.key is None or request.headers.get("X-Api-Key") != self.key:
            raise Answer(401)
        parts = request.path.removeprefix("/api/v1/").split("/")
        if request.method == "GET" and parts == ["App", "user"]:
            return Answer(200, {"user": {"id": USER, "userName": "timbre", "name": "Timbre", "type": "api"}, "acl": {}})
        if request.method == "GET" and parts == ["Metadata"]:
            return Answer(200, self.fields(request.query["key"].split(".")))
        if parts[0] not in self.kinds:
            raise Answer(404, headers={"X-Status-Reason": f"Controller '{parts[0]}' does not exist."})
        if request.method == "POST" and len(parts) == 1:
            return self.create(parts[0], request)
        if request.method == "PUT" and len(parts) == 2:
            row = self.row(*parts)
            if row is None:
                raise Answer(404)
            values = self.checked(parts[0], request.json())
            if any(values.get(name, "x") in (None, "") for name in self.must.get(parts[0], [])):
                raise failure(next(name for name in self.must[parts[0]] if values.get(name, "x") in (None, "")), "required")
            if "phoneNumber" in values:
                others = [one for one in row.get("phoneNumberData") or [] if not one["primary"]]
                first = values.pop("phoneNumber")
                values["phoneNumberData"] = ([{"phoneNumber": first, "primary": True, "type": "Office"}] if first else []) + others
            self.touched(row).update(values)
            return Answer(200, shown(row))
        if request.method == "GET" and len(parts) == 2:
            row = self.row(*parts)
            if row is None:
                raise Answer(404)
            return Answer(200, {"firstName": None, "lastName": None, "emailAddress": None, "accountName": None, "status": None} | shown(row))
        if request.method == "GET" and len(parts) == 1:
            return self.listed(parts[0], request.query)
        if request.method == "GET" and parts[2:] == ["cases"]:
            rows = [row for row in self.tables["Case"] if row["contact"] == parts[1] and (request.query.get("primaryFilter") != "open" or row["status"] != "Closed")]
            return Answer(200, {"total": len(rows), "list": rows[::-1]})
        raise Answer(404)

    def fields(self, path):
        options = {"phoneType": {"options": ["Mobile", "Office"], "default": "Mobile"}, "source": {"options": ["", "Call", "Web"]}}
        types = {"lastName": "personName", "source": "enum", "phoneNumberData": "phone", "emailAddress": "email"}
        return {name: {"type": types.get(name, "varchar"), "required": name in self.must.get(path[1], []), **options.get(name, {})} for name in self.kinds[path[1]]}

    def checked(self, kind, values):
        """Unknown attributes are passed over without a word, an id of the client's among them."""
        values = {name: value for name, value in values.items() if name in self.kinds[kind]}
        if kind == "Call":
            for name in ("dateStart", "dateEnd"):
                if name in values and not re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", values[name]):
                    raise failure(name, "valid")
            for name, known in (("status", ("Planned", "Held", "Not Held")), ("direction", ("Inbound", "Outbound"))):
                if name in values and values[name] not in known:
                    raise failure(name, "valid")
            if ("parentType" in values) != ("parentId" in values):
                raise failure("parent", "valid")
            for kind, names in (("Contact", values.get("contactsIds", [])), ("Lead", values.get("leadsIds", [])), (values.get("parentType", "Account"), [values[n] for n in ("parentId",) if n in values])):
                if any(self.row(kind, name) is None for name in names):
                    raise Answer(403, headers={"X-Status-Reason": "No access to link."})
        return values

    def create(self, kind, request):
        values = self.checked(kind, request.json())
        if self.missing(kind, values):
            raise failure(self.missing(kind, values)[0], "required")
        same = [row for row in self.tables[kind] if kind in ("Contact", "Lead") and alike(row, values)]
        if same and request.headers.get("X-Skip-Duplicate-Check") != "true":
            body = [{"id": row["id"], "name": shown(row)["name"], "_entityType": kind} for row in same]
            raise Answer(409, body, {"X-Status-Reason": "duplicate"})
        return Answer(200, shown(self.insert(kind, values)))

    def listed(self, kind, query):
        rows = [row for row in self.tables[kind] if all(holds(row, condition) for condition in tree(query, "where"))]
        if query.get("order") == "desc":
            rows.reverse()
        rows = rows[: int(query.get("maxSize", 20))]
        return Answer(200, {"total": len(rows), "list": [shown(row) for row in rows]})


def tree(query, name):
    """`where[0][value][1][type]` as lists and tables; the members of one in order."""
    found = {}
    for key, value in query.items():
        match = re.fullmatch(re.escape(name) + r"\[(\d+)\](.*)", key)
        if match:
            found.setdefault(int(match[1]), {})["x" + match[2]] = value
    conditions = []
    for _, members in sorted(found.items()):
        condition = {member[2:-1]: value for member, value in members.items() if re.fullmatch(r"x\[\w+\]", member)}
        inner = tree(members, "x[value]")
        conditions.append(condition | ({"value": inner} if inner else {}))
    return conditions


def holds(row, condition):
    if condition["type"] == "or":
        return any(holds(row, one) for one in condition["value"])
    wanted = condition["value"].lower()
    if condition["attribute"] == "phoneNumber":
        texts = [one["phoneNumber"] for one in row.get("phoneNumberData") or []]
    else:
        texts = [shown(row).get(condition["attribute"]) or ""]
    how = {"equals": str.__eq__, "notEquals": str.__ne__, "endsWith": str.endswith, "startsWith": str.startswith, "contains": str.__contains__}[condition["type"]]
    return any(how(text.lower(), wanted) for text in texts)


def shown(row):
    """As in a list: one number, and the name of a person put together."""
    phones = row.get("phoneNumberData") or []
    name = row.get("name") or " ".join(row[part] for part in ("firstName", "lastName") if row.get(part))
    first = next((one["phoneNumber"] for one in phones if one["primary"]), None)
    return {**{key: value for key, value in row.items() if key != "phoneNumberData"}, "name": name, "phoneNumber": first}


def alike(row, values):
    """The same name and number, or the same e-mail."""
    numbers = lambda one: {phone["phoneNumber"] for phone in one.get("phoneNumberData") or []}
    name = lambda one: (one.get("firstName"), one.get("lastName"))
    return (name(row) == name(values) and numbers(row) & numbers(values)) or (values.get("emailAddress") and row.get("emailAddress") == values["emailAddress"])


def failure(field, kind):
    body = {"messageTranslation": {"label": "validationFailure", "scope": None, "data": {"field": field, "type": kind}}}
    return Answer(400, body, {"X-Status-Reason": f"Field validation failure; field: {field}, type: {kind}."})


if __name__ == "__main__":
    serve(EspoCRM())
