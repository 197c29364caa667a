"""A HubSpot account on loopback: OAuth and private-app tokens, contacts, companies, tickets and calls of API version 3, their schemas, search,
batch upsert by a unique property, associations of version 4 (developers.hubspot.com/docs/reference/api).
"""

import collections
import json
import re
import time
import uuid
from datetime import datetime, timezone

from plumbing import Answer, Emulator, OAuth, serve

TOKEN = "pat-na1-0123456789abcdef"
KINDS = ["contacts", "companies", "tickets", "calls"]
TIES = {("calls", 194): "contacts", ("calls", 182): "companies", ("calls", 220): "tickets"}
TYPES = {"contacts": "0-1", "companies": "0-2", "tickets": "0-5", "calls": "0-48"}
OUTCOMES = [{"id": "f240bbac-87c9-4f6e-bf70-924b57d47db7", "label": "Connected", "deleted": False},
            {"id": "17b47fee-58de-441e-a44c-c6300d46f273", "label": "Wrong number", "deleted": False},
            {"id": "33333333-2222-3333-4444-555555555555", "label": "De antes", "deleted": True},
            {"id": "11111111-2222-3333-4444-555555555555", "label": "Interesado", "deleted": False}]


def prop(kind="string", field="text", **more):
    return {"type": kind, "fieldType": field, "hasUniqueValue": False, "hidden": False, "calculated": False, "options": [],
            "modificationMetadata": {"readOnlyValue": False, "archivable": True, "readOnlyDefinition": True}, **more}


def calculated():
    return prop(calculated=True, modificationMetadata={"readOnlyValue": True, "archivable": False, "readOnlyDefinition": True})


def properties():
    system = {name: calculated() for name in ("createdate", "hs_object_id", "lastmodifieddate", "hs_merged_object_ids")}
    return {
        "contacts": {**system, "firstname": prop(), "lastname": prop(), "company": prop(), "phone": prop(field="phonenumber"),
                     "mobilephone": prop(field="phonenumber"), "email": prop(hasUniqueValue=True), "lifecyclestage": prop("enumeration", "select"),
                     "hs_searchable_calculated_phone_number": calculated(), "hs_searchable_calculated_mobile_phone_number": calculated()},
        "companies": {**system, "name": prop(), "phone": prop(field="phonenumber")},
        "tickets": {**system, "subject": prop(), "closed_date": prop("datetime", "date"), "hs_pipeline_stage": prop()},
        "calls": {**system, **{f"hs_{name}": prop() for name in (
            "timestamp", "call_title", "call_body", "call_direction", "call_duration", "call_status", "call_disposition",
            "call_from_number", "call_to_number")}},
    }


class Login(OAuth):
    def refused(self, code):
        status = {"invalid_grant": "BAD_REFRESH_TOKEN"}.get(code, code)
        return Answer(400, {"status": status, "message": "missing or invalid refresh token", "correlationId": str(uuid.uuid4())})

    def beside_token(self):
        return {"expires_in": 1800}


class HubSpot(Emulator):
    def __init__(self):
        super().__init__()
        self.login, self.properties, self.tables = Login(), properties(), {name: {} for name in KINDS}
        self.count, self.ties, self.token, self.must, self.daily = 0, set(), TOKEN, [], [0, 250000]
        self.index_waits, self.not_indexed = False, set()
        # Behind which ids pages of everybody were asked for.
        self.pages = []
        # What was archived; under which id somebody stands who was merged.
        self.bin, self.aliases = {name: {} for name in KINDS}, {}
        # When a record was last changed, in milliseconds since 1970; the present if none.
        self.instant = None
        # So many requests in so many seconds that roll, and when the last ones were.
        self.rolling, self.taken, self.refused = None, collections.deque(), 0

    def settings(self):
        return {"renewals": self.login.renewals, "ties": sorted(self.ties), "pages": self.pages, "refused": self.refused}

    def change(self, wishes):
        for name, value in wishes.items():
            if name == "require":
                self.properties[value["object"]][value["field"]] = prop()
                self.must.append((value["object"], value["field"]))
            elif name == "field":
                options = [{"value": one, "label": label, "displayOrder": n, "hidden": False} for n, (one, label) in enumerate(value.get("options", []))]
                self.properties[value["object"]][value["field"]] = prop(*value["type"], **{"options": options, **value.get("more", {})})
                if value.get("must"):
                    self.must.append((value["object"], value["field"]))
            elif name == "optional":
                self.must.remove((value["object"], value["field"]))
            elif name == "end_access":
                self.login.access.clear()
            elif name == "revoke":
                self.login.access.clear(), self.login.refresh.clear()
                self.token = None
            elif name == "rotates":
                self.login.rotates = value
            elif name == "index_waits":
                self.index_waits = value
                if not value:
                    self.not_indexed.clear()
            elif name == "put":
                self.insert(value["object"], value["record"])
            elif name == "puts":
                for record in value["records"]:
                    self.insert(value["object"], record)
            elif name == "tie":
                self.ties.add(tuple(value))
            elif name == "change":
                self.filled(self.tables[value["object"]][value["id"]], value["record"])
            elif name == "delete":
                self.archive(value["object"], value["id"])
            elif name == "erase":
                del self.tables[value["object"]][value["id"]]
            elif name == "merge":
                self.merge(value["object"], value["into"], value["id"])
            elif name == "instant":
                self.instant = value
            elif name == "daily":
                self.daily = value
            elif name == "rolling":
                self.rolling = value
                self.taken.clear()
            else:
                raise Answer(400, {"unknown": name})

    def records(self, name):
        return [row["properties"] for row in self.tables[name].values()]

    # requests

    def answer(self, request):
        if request.path == "/oauth/authorize":
            return self.login.authorize(request)
        if request.path == "/oauth/v1/token":
            if request.form().get("client_secret") != "hush-0123456789abcdef":
                raise Answer(400, {"status": "BAD_CLIENT_SECRET", "message": "missing or invalid client secret"})
            return self.login.token(request)
        if request.method == "DELETE" and request.path.startswith("/oauth/v1/refresh-tokens/"):
            if self.login.refresh.pop(request.path.rsplit("/", 1)[1], None) is None:
                raise refusal(404, "NOT_FOUND", "refresh token not found")
            self.login.access.clear()
            return Answer(204)
        bearer = request.bearer()
        if not self.login.lets_in(bearer) and (self.token is None or bearer != self.token):
            raise refusal(401, "EXPIRED_AUTHENTICATION", "The OAuth token used to make this call expired")
        self.keep_pace()
        self.daily[0] += 1
        if self.daily[0] > self.daily[1]:
            raise refusal(429, "RATE_LIMITS", "You have reached your daily limit.", policyName="DAILY")
        answer = self.routed(request)
        answer.headers.update({"X-HubSpot-RateLimit-Daily": self.daily[1], "X-HubSpot-RateLimit-Daily-Remaining": self.daily[1] - self.daily[0]})
        return answer

    def keep_pace(self):
        if self.rolling is None:
            return
        most, seconds = self.rolling
        now = time.monotonic()
        while self.taken and self.taken[0] <= now - seconds:
            self.taken.popleft()
        if len(self.taken) >= most:
            self.refused += 1
            raise refusal(429, "RATE_LIMITS", "You have reached your ten_secondly_rolling limit.", policyName="TEN_SECONDLY_ROLLING")
        self.taken.append(now)

    def routed(self, request):
        method, path = request.method, request.path
        if (method, path) == ("GET", "/account-info/v3/details"):
            return Answer(200, {"portalId": 62515, "accountType": "STANDARD", "uiDomain": "app-eu1.hubspot.com", "timeZone": "America/Costa_Rica"})
        if (method, path) == ("GET", "/calling/v1/dispositions"):
            return Answer(200, OUTCOMES)
        match = re.fullmatch(r"/crm/v3/properties/(\w+)(?:/(\w+))?", path)
        if match:
            return self.on_properties(request, *match.groups())
        match = re.fullmatch(r"/(?:crm/v3|crm-object-schemas/v3)/schemas/(\w+)", path)
        if match and method == "GET":
            return self.schema(match.group(1))
        match = re.fullmatch(r"/crm/v4/objects/(\w+)/(\d+)/associations/(?:default/)?(\w+)(?:/(\d+))?", path)
        if match:
            return self.on_ties(method, *match.groups())
        match = re.fullmatch(r"/crm/v3/objects/(\w+)(?:/(.+))?", path)
        if not match or match.group(1) not in KINDS:
            raise refusal(404, "OBJECT_NOT_FOUND", "not found")
        kind, rest = match.groups()
        if method == "POST" and rest is None:
            ties = [self.asked_tie(kind, one) for one in request.json().get("associations", [])]
            row = self.create(kind, request.json().get("properties", {}))
            for other, to in ties:
                self.tie(kind, row["id"], other, to)
            return Answer(201, self.shown(row))
        if method == "GET" and rest is None:
            return self.listed(kind, request.query)
        if method == "POST" and rest == "merge":
            asked = request.json()
            return Answer(200, self.shown(self.merge(kind, asked["primaryObjectId"], asked["objectIdToMerge"])))
        if method == "POST" and rest == "search":
            return self.search(kind, request.json())
        if method == "POST" and rest == "batch/upsert":
            return self.upsert(kind, request.json()["inputs"])
        if method == "POST" and rest == "batch/read":
            asked = request.json()
            by = asked.get("idProperty")
            rows = [self.row(kind, str(one["id"]), by) for one in asked["inputs"]]
            rows = [row for row in rows if row]
            return Answer(200 if len(rows) == len(asked["inputs"]) else 207, {"status": "COMPLETE", "results": [self.shown(row) for row in rows]})
        row = self.row(kind, rest, request.query.get("idProperty"))
        if not row:
            raise refusal(404, "OBJECT_NOT_FOUND", f"Object not found. objectId are usually numeric: {rest}")
        if method == "GET":
            return Answer(200, self.shown(row))
        if method == "DELETE":
            self.archive(kind, row["id"])
            return Answer(204)
        if method == "PATCH":
            self.checked(kind, request.json()["properties"])
            self.filled(row, request.json()["properties"])
            return Answer(200, self.shown(row))
        raise refusal(405, "METHOD_NOT_ALLOWED", "method")

    def defined(self, kind, name):
        return {"name": name, "label": name.replace("_", " ").title(), "description": "", "groupName": "x", **self.properties[kind][name]}

    def schema(self, kind):
        if kind not in self.properties:
            raise refusal(404, "OBJECT_NOT_FOUND", f"Unable to infer object type from: {kind}")
        return Answer(200, {"id": TYPES[kind], "objectTypeId": TYPES[kind], "name": kind.upper(), "fullyQualifiedName": kind.upper(), "archived": False,
                            "labels": {"singular": kind[:-1], "plural": kind}, "requiredProperties": [name for table, name in self.must if table == kind],
                            "searchableProperties": [], "associations": [], "properties": [self.defined(kind, name) for name in self.properties[kind]]})

    def on_properties(self, request, kind, name):
        if kind not in self.properties:
            raise refusal(404, "OBJECT_NOT_FOUND", "object type")
        known, shown = self.properties[kind], lambda name: self.defined(kind, name)
        if request.method == "POST" and name is None:
            asked = request.json()
            if asked["name"] in known:
                raise refusal(409, "CONFLICT", "A property named that already exists.")
            known[asked["name"]] = prop(hasUniqueValue=asked.get("hasUniqueValue", False))
            return Answer(201, shown(asked["name"]))
        if name is None:
            return Answer(200, {"results": [shown(one) for one in known]})
        if name not in known:
            raise refusal(404, "OBJECT_NOT_FOUND", "property")
        return Answer(200, shown(name))

    def on_ties(self, method, kind, id, other, to):
        if not self.row(kind, id, None):
            raise refusal(404, "OBJECT_NOT_FOUND", "object")
        if method == "PUT" and to:
            self.tie(kind, id, other, to)
            return Answer(200, {"status": "COMPLETE", "results": [{"from": {"id": id}, "to": {"id": to}, "associationSpec": {}}]})
        if method == "GET" and not to:
            found = [t for k, i, o, t in self.ties if (k, i, o) == (kind, id, other)] + [i for k, i, o, t in self.ties if (o, t, k) == (kind, id, other)]
            return Answer(200, {"results": [{"toObjectId": int(one), "associationTypes": []} for one in sorted(set(found))]})
        raise refusal(405, "METHOD_NOT_ALLOWED", "method")

    def asked_tie(self, kind, one):
        """A tie that is asked for with the record: nothing is made if it leads nowhere."""
        number, to = one["types"][0].get("associationTypeId"), str(one["to"]["id"])
        other = TIES.get((kind, number))
        if one["types"][0].get("associationCategory") != "HUBSPOT_DEFINED" or other is None:
            raise invalid(f"association type {number} doesn't exist", "associations")
        if to not in self.tables[other]:
            raise refusal(404, "OBJECT_NOT_FOUND", f"{other} {to}")
        return other, to

    def tie(self, kind, id, other, to):
        if other not in KINDS or to not in self.tables[other]:
            raise refusal(404, "OBJECT_NOT_FOUND", f"{other} {to}")
        self.ties.add((kind, id, other, to))

    # writing

    def checked(self, kind, values):
        for name, value in values.items():
            how = self.properties[kind].get(name)
            if how is None:
                raise invalid(f'Property values were not valid: Property "{name}" does not exist', name)
            if how["modificationMetadata"]["readOnlyValue"]:
                raise invalid(f"{name} is a read only property", name)
            if value is not None and not isinstance(value, str):
                raise invalid(f"Invalid input JSON: {name} is not a string", name)
            self.allowed(name, how, value or "")
            if name == "hs_call_duration" and not str(value).isdigit():
                raise invalid(f"{value} was not a valid long.", name)

    def allowed(self, name, how, value):
        """One of the options, or several behind semicolons where there are boxes to tick; a number, a flag, a day."""
        known = [one["value"] for one in how["options"]]
        chosen = value.split(";") if how["fieldType"] == "checkbox" else [value]
        forms = {"number": r"-?\d+(\.\d+)?", "bool": "true|false", "date": r"\d{4}-\d\d-\d\d|\d+"}
        if value and known and any(one not in known for one in chosen):
            raise not_valid(name, "INVALID_OPTION", f"{value} was not one of the allowed options: {known}")
        if value and how["type"] in forms and not re.fullmatch(forms[how["type"]], value):
            raise not_valid(name, "INVALID_" + how["type"].upper(), f"{value} was not a valid {how['type']}.")

    def create(self, kind, values):
        self.checked(kind, values)
        missing = [name for table, name in self.must if table == kind and not values.get(name)]
        if missing:
            raise refusal(400, "VALIDATION_ERROR", f"Error creating {kind[:-1].upper()}. Some required properties were not set.", context={"properties": missing})
        if kind == "calls" and not values.get("hs_timestamp"):
            raise invalid("hs_timestamp is required", "hs_timestamp")
        for name, how in self.properties[kind].items():
            same = how["hasUniqueValue"] and values.get(name) and self.row(kind, values[name], name)
            if same:
                raise refusal(409, "CONFLICT", f"Contact already exists. Existing ID: {same['id']}")
        return self.insert(kind, values)

    def insert(self, kind, values):
        self.count += 1
        row = {"id": str(500 + self.count), "kind": kind, "properties": {}, "createdAt": "2027-01-15T02:00:00Z"}
        self.filled(row, {**values, "createdate": f"{self.count:09}", "hs_object_id": row["id"]})
        self.tables[kind][row["id"]] = row
        if self.index_waits:
            self.not_indexed.add(row["id"])
        return row

    def archive(self, kind, id):
        self.bin[kind][id] = {**self.tables[kind].pop(id), "archivedAt": moment(self.instant)}

    def merge(self, kind, into, id):
        """The one stays, and has the id of the other, which is no record any more."""
        if into == id or into not in self.tables[kind] or id not in self.tables[kind]:
            raise invalid("records to merge", "objectIdToMerge")
        row, gone = self.tables[kind][into], self.tables[kind].pop(id)
        ids = [one for one in (row["properties"].get("hs_merged_object_ids"), gone["properties"].get("hs_merged_object_ids"), id) if one]
        self.aliases[id] = into
        self.filled(row, {"hs_merged_object_ids": ";".join(ids)})
        return row

    def filled(self, row, values):
        row["properties"].update(values, lastmodifieddate=moment(self.instant))
        for name in ("phone", "mobilephone") if row["kind"] == "contacts" else ():
            digits = re.sub(r"\D", "", (row["properties"].get(name) or "").split("ext")[0])
            target = {"phone": "hs_searchable_calculated_phone_number", "mobilephone": "hs_searchable_calculated_mobile_phone_number"}[name]
            row["properties"][target] = re.sub(r"^(506|1(?=\d{10}$))", "", digits) if len(digits) > 8 else digits

    def upsert(self, kind, inputs):
        results = []
        for one in inputs:
            by = one.get("idProperty")
            if not self.properties[kind].get(by, {}).get("hasUniqueValue"):
                raise invalid(f"{by} is not a unique property", by)
            row, new = self.row(kind, one["id"], by), False
            values = {**one["properties"], by: one["id"]}
            if row:
                self.checked(kind, values)
                self.filled(row, values)
            else:
                row, new = self.create(kind, values), True
            results.append({**self.shown(row), "new": new, "objectWriteTraceId": one.get("objectWriteTraceId")})
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        return Answer(200, {"status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now})

    # reading

    def row(self, kind, id, by):
        if not by:
            return self.tables[kind].get(id) or self.tables[kind].get(self.aliases.get(id))
        return next((row for row in self.tables[kind].values() if str(row["properties"].get(by, "")).lower() == id.lower()), None)

    def shown(self, row):
        return {"id": row["id"], "properties": row["properties"], "createdAt": row["createdAt"], "updatedAt": row["createdAt"], "archived": False}

    def listed(self, kind, asked):
        """All of them, or the archived ones, by their ids, a hundred at most."""
        limit = int(asked.get("limit", 10))
        if limit > 100:
            raise invalid("limit must be at most 100", "limit")
        archived = asked.get("archived", "false").lower() == "true"
        table = self.bin[kind] if archived else self.tables[kind]
        if not archived:
            self.pages.append(int(asked.get("after", 0)))
        rows = sorted((row for row in table.values() if int(row["id"]) > int(asked.get("after", 0))), key=lambda row: int(row["id"]))
        answer = {"results": [{**self.shown(row), "archived": archived, **({"archivedAt": row["archivedAt"]} if archived else {})} for row in rows[:limit]]}
        if len(rows) > limit:
            after = rows[limit - 1]["id"]
            answer["paging"] = {"next": {"after": after, "link": f"{self.base}/crm/v3/objects/{kind}?after={after}"}}
        return Answer(200, answer)

    def search(self, kind, asked):
        groups, limit, after = asked.get("filterGroups", []), asked.get("limit", 10), int(asked.get("after", 0))
        if limit > 200 or len(asked.get("sorts", [])) > 1:
            raise invalid("limit or sorts", "limit")
        if after + limit > 10000:
            raise invalid("searches end at 10,000 results", "after")
        if len(groups) > 5 or sum(len(group["filters"]) for group in groups) > 18:
            raise invalid("too many filters", "filterGroups")
        rows = [row for row in self.tables[kind].values() if row["id"] not in self.not_indexed]
        if groups:
            rows = [row for row in rows if any(all(self.holds(kind, row, one) for one in group["filters"]) for group in groups)]
        if asked.get("query"):
            words = re.findall(r"\w+", asked["query"].lower())
            have = lambda row: re.findall(r"\w+", " ".join(str(value) for value in row["properties"].values()).lower())
            rows = [row for row in rows if words and all(any(one.startswith(word) for one in have(row)) for word in words)]
        for sort in asked.get("sorts", []):
            rows.sort(key=lambda row: comparable(row["properties"].get(sort["propertyName"])), reverse=sort["direction"] == "DESCENDING")
        part = rows[after : after + limit]
        paging = {"paging": {"next": {"after": str(after + limit)}}} if after + limit < len(rows) else {}
        return Answer(200, {"total": len(rows), "results": [self.shown(row) for row in part], **paging})

    def holds(self, kind, row, one):
        name = one["propertyName"]
        if name not in self.properties[kind]:
            raise invalid(f"There was a problem with the request: {name}", name)
        have, want = str(row["properties"].get(name) or "").lower(), str(one.get("value", "")).lower()
        if name == "lastmodifieddate" and want.isdigit():
            # Moments are told as text, and asked for as milliseconds since 1970.
            have = str(round(datetime.fromisoformat(have.upper()).timestamp() * 1000))
        if one["operator"] == "EQ":
            return have == want
        if one["operator"] in ("GT", "GTE"):
            return comparable(have) > comparable(want) or (one["operator"] == "GTE" and have == want)
        if one["operator"] == "CONTAINS_TOKEN":
            return re.search(r"(?:^|\W)" + re.escape(want).replace(r"\*", r"\w*") + r"(?:$|\W)", have) is not None
        raise invalid(f"{one['operator']} is not supported", name)


def moment(instant):
    instant = round(time.time() * 1000) if instant is None else instant
    return datetime.fromtimestamp(instant / 1000, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def comparable(value):
    """Numbers by their size, all else as text."""
    return (0, int(value), "") if str(value or "").isdigit() else (1, 0, str(value or ""))


def refusal(status, category, message, **more):
    return Answer(status, {"status": "error", "message": message, "correlationId": str(uuid.uuid4()), "category": category, **more})


def not_valid(name, error, message):
    """The properties stand in the message alone (developers.hubspot.com/changelog, «Property Validations Rules will be enforced»)."""
    told = json.dumps([{"isValid": False, "message": message, "error": error, "name": name}])
    return refusal(400, "VALIDATION_ERROR", f"Property values were not valid: {told}")


def invalid(message, name):
    return refusal(400, "VALIDATION_ERROR", message, errors=[{"message": message, "context": {"propertyName": [name]}}])


if __name__ == "__main__":
    serve(HubSpot())
