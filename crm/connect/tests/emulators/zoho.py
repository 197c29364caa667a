"""A Zoho CRM organisation on loopback, API version 8: OAuth with PKCE, scopes and data centres, contacts, leads, accounts, cases, deals and calls,
layouts with what each requires of whom, upsert by a unique field, COQL, lists of what was deleted and converted, a search index that may lag (zoho.com/crm/developer/docs/api/v8).

Like the real one it answers 204 where nothing is found, 200 with an error inside at the token address, and a result for each record.
"""

import json
import re
import time
from datetime import datetime, timedelta, timezone
from urllib.parse import urlencode

from plumbing import Answer, Emulator, OAuth, Request, serve
from soql import Malformed, Parser, holds, names_of

MODULES = ["Contacts", "Leads", "Accounts", "Cases", "Deals", "Calls"]
PROFILES = {"Administrator": "4876876000000015972", "Standard": "4876876000000015975"}
JSON_TYPES = {"bigint": "string", "lookup": "jsonobject", "multiselectpicklist": "jsonarray", "boolean": "boolean", "integer": "integer", "double": "double"}
PYTHON_TYPES = {"jsonarray": list, "boolean": bool, "integer": int, "double": (int, float)}


def field(kind="text", length=255, must=False, fixed=False, **more):
    return {"data_type": kind, "length": length, "system_mandatory": must, "read_only": fixed, **more}


def choices(*pairs):
    return [{"actual_value": actual, "display_value": shown, "sequence_number": n, "type": "used"} for n, (actual, shown) in enumerate(pairs)]


# The list that every organisation begins with, in the organisation's language.
RESULTS = choices(("-None-", "-None-"), ("Interested", "Interesado"), ("Not interested", "No interesado"), ("No response/Busy", "Sin respuesta/Ocupado"),
                  ("Requested more info", "Pidió más información"), ("Requested call back", "Pidió que se le llame"), ("Invalid number", "Número no válido"))


def modules():
    person = {"Full_Name": field(fixed=True), "First_Name": field(length=40), "Last_Name": field(length=80, must=True), "Phone": field("phone", 30),
              "Mobile": field("phone", 30), "Email": field("email", 100), "Description": field("textarea", 32000)}
    system = {"id": field("bigint", 20, fixed=True), "Created_Time": field("datetime", fixed=True), "Modified_Time": field("datetime", fixed=True)}
    return {
        "Contacts": {**system, **person, "Home_Phone": field("phone", 30), "Other_Phone": field("phone", 30), "Account_Name": field("lookup")},
        "Leads": {**system, **person, "Company": field(length=100, must=True), "Converted_Contact": field("lookup", fixed=True)},
        "Accounts": {**system, "Account_Name": field(must=True), "Phone": field("phone", 30)},
        "Cases": {**system, "Case_Number": field("autonumber", fixed=True), "Subject": field(must=True), "Status": field("picklist"),
                  "Related_To": field("lookup"), "Account_Name": field("lookup")},
        "Deals": {**system, "Deal_Name": field(length=120, must=True), "Stage": field("picklist", must=True), "Contact_Name": field("lookup"),
                  "Account_Name": field("lookup")},
        "Calls": {**system, "Subject": field(must=True), "Description": field("textarea", 32000), "Call_Type": field("picklist", must=True),
                  "Call_Start_Time": field("datetime", must=True), "Call_Duration": field(), "Call_Agenda": field(), "Call_Result": field("picklist", pick_list_values=RESULTS),
                  "Outgoing_Call_Status": field("picklist"), "Who_Id": field("lookup"), "What_Id": field("lookup"), "$se_module": field()},
    }


def layout(module, n, name="Standard", generated="system", **more):
    """`requires` and `values` (of pick lists) are the layout's own; `default` names the profiles that create with it."""
    return {"id": str(4876876000000091000 + 100 * MODULES.index(module) + n), "name": name, "generated_type": generated, "status": "active", "visible": True,
            "profiles": list(PROFILES), "default": list(PROFILES), "requires": [], "values": {}, "without": [], **more}


class Login(OAuth):
    def __init__(self, org):
        super().__init__()
        self.org, self.server, self.scopes = org, None, []

    def authorize(self, request):
        answer = super().authorize(request)
        self.scopes = re.split("[, ]+", request.query["scope"])
        return answer

    def covers(self, setting):
        """The sign-in may read this of the settings."""
        return any(scope in self.scopes for scope in ("ZohoCRM.settings.ALL", f"ZohoCRM.settings.{setting}.ALL", f"ZohoCRM.settings.{setting}.READ"))

    def beside_code(self):
        return {"location": "us", "accounts-server": self.server or self.org.base}

    def beside_token(self):
        return {"api_domain": self.org.base, "expires_in": 3600}

    def refused(self, code):
        return Answer(200, {"error": {"invalid_grant": "invalid_code"}.get(code, code)})


class Zoho(Emulator):
    def __init__(self):
        super().__init__()
        self.login, self.kinds, self.tables = Login(self), modules(), {name: {} for name in MODULES}
        self.layouts, self.profile = {name: [layout(name, 0)] for name in MODULES}, "Standard"
        self.count, self.duplicates, self.index_waits, self.not_indexed, self.credits = 0, False, False, set(), None
        self.bin = {name: [] for name in MODULES}
        # When a record was last changed, in seconds since 1970; the present if none.
        self.second = None
        self.composes = True

    def settings(self):
        return {"renewals": self.login.renewals, "grants": len(self.login.refresh)}

    def change(self, wishes):
        for name, value in wishes.items():
            if name == "unique_field":
                self.kinds["Calls"]["Softphone_Call_Id"] = field(unique={"casesensitive": ""})
            elif name == "require":
                self.kinds[value["object"]][value["field"]] = field(must=True)
            elif name == "field":
                listed = {"pick_list_values": choices(*value["choices"])} if "choices" in value else {}
                self.kinds[value["object"]][value["field"]] = field(value["type"], **listed, **value.get("more", {}))
            elif name == "layouts":
                own = [layout(value["object"], n, **one) for n, one in enumerate(value["layouts"])]
                self.layouts[value["object"]] = own
            elif name == "scopes":
                self.login.scopes = value
            elif name == "without":
                self.kinds.pop(value)
            elif name == "end_access":
                self.login.access.clear()
            elif name == "revoke":
                self.login.access.clear(), self.login.refresh.clear()
            elif name == "rotates":
                self.login.rotates = value
            elif name == "server":
                self.login.server = value
            elif name == "put":
                self.insert(value["object"], value["record"])
            elif name == "puts":
                for record in value["records"]:
                    self.insert(value["object"], record)
            elif name == "index_waits":
                self.index_waits = value
                if not value:
                    self.not_indexed.clear()
            elif name == "change":
                self.touched(self.tables[value["object"]][value["id"]]).update(value["record"])
            elif name == "delete":
                for id in value["id"] if isinstance(value["id"], list) else [value["id"]]:
                    self.delete(value["object"], id)
            elif name == "convert":
                self.touched(self.tables["Leads"][value["id"]])["Converted_Contact"] = {"id": value["into"], "name": "X"}
            elif name in ("duplicates", "credits", "second", "composes", "profile"):
                setattr(self, name, value)
            else:
                raise Answer(400, {"unknown": name})

    def records(self, name):
        return list(self.tables[name].values())

    # requests

    def answer(self, request):
        if request.path == "/oauth/v2/auth":
            if request.query.get("access_type") != "offline" or "ZohoCRM" not in request.query.get("scope", ""):
                raise Answer(400, {"error": "invalid_scope"})
            return self.login.authorize(request)
        if request.path == "/oauth/v2/token":
            return self.login.token(request)
        if request.path == "/oauth/v2/token/revoke":
            return self.login.revoke(request)
        if not self.login.lets_in(request.bearer("Zoho-oauthtoken")):
            raise refusal(401, "INVALID_TOKEN", "invalid oauth token")
        if self.credits is not None:
            if self.credits <= 0:
                raise refusal(429, "LIMIT_EXCEEDED", "credits")
            self.credits -= 1
        match = re.fullmatch(r"/crm/v8/(.+)", request.path)
        if not match:
            raise refusal(404, "INVALID_URL_PATTERN", "Please check if the URL trying to access is a correct one")
        return self.routed(request, match.group(1).split("/"))

    def routed(self, request, parts):
        if parts == ["users"] and request.query.get("type") == "CurrentUser":
            return Answer(200, {"users": [{"id": "5000", "full_name": "Ana Agente", "email": "ana@example.com",
                                          "profile": {"name": self.profile, "id": PROFILES[self.profile]}}], "info": {"count": 1}})
        if parts == ["org"]:
            return Answer(200, {"org": [{"id": "6000", "company_name": "Yunque"}]})
        if parts in (["settings", "fields"], ["settings", "layouts"]):
            name = request.query.get("module")
            if not self.login.covers(parts[1]):
                raise refusal(401, "OAUTH_SCOPE_MISMATCH", "invalid oauth scope to access this URL")
            if name not in self.kinds:
                raise refusal(400, "INVALID_MODULE", "the module name given seems to be invalid")
            return Answer(200, {"fields": self.fields(name)} if parts[1] == "fields" else {"layouts": [self.layout(name, one) for one in self.layouts[name]]})
        if parts == ["settings", "modules"]:
            return Answer(200, {"modules": [self.module(name) for name in MODULES]})
        if parts == ["coql"] and request.method == "POST":
            return self.coql(request.json().get("select_query", ""))
        if parts == ["__composite_requests"] and request.method == "POST":
            return self.composite(request.json())
        if parts[0] not in self.kinds:
            raise refusal(400, "INVALID_MODULE", "the module name given seems to be invalid")
        return self.on_module(request, *parts)

    def module(self, name):
        return {"api_name": name, "module_name": name, "generated_type": "default", "id": str(7000 + MODULES.index(name)), "api_supported": True}

    def fields(self, name):
        return [self.field(n, key, how) for n, (key, how) in enumerate(self.kinds[name].items())]

    def field(self, n, key, how):
        hidden = how.get("permissions", {})
        how = {key: value for key, value in how.items() if key != "permissions"}
        may = {"web_update": True, "api_create": not how["read_only"], "web_create": True, "api_update": not how["read_only"]}
        lookup = {"lookup": {"module": {"api_name": "Accounts", "id": "7002"}, "api_name": key}} if how["data_type"] == "lookup" else {}
        return {"id": str(8000 + n), "api_name": key, "field_label": key.replace("_", " "), "display_label": key.replace("_", " "), "unique": {},
                "type": "used", "visible": True, "field_read_only": False, "operation_type": may, "default_value": None, "pick_list_values": [],
                "view_type": {"view": True, "edit": not how["read_only"], "quick_create": False, "create": not how["read_only"]},
                "profiles": [{"permission_type": hidden.get(name, "read_write"), "name": name, "id": id} for name, id in PROFILES.items()],
                "json_type": JSON_TYPES.get(how["data_type"], "string"), **how, **lookup}

    def layout(self, name, one):
        """As it is told: the module's fields, with what this layout requires and which values of theirs it has."""
        view = lambda profile: {"name": one["name"], "id": one["id"], "type": "layout"}
        profiles = [{"default": profile in one["default"], "name": profile, "id": PROFILES[profile], "_default_view": view(profile),
                     "_default_assignment_view": view(profile)} for profile in one["profiles"]]
        fields = [{**told, "required": self.must(name, one, told["api_name"]), "sequence_number": n + 1, "section_id": 1,
                   "pick_list_values": [{**choice, "type": "used" if self.has(one, told["api_name"], choice["actual_value"]) else "unused"}
                                        for choice in told["pick_list_values"]]}
                  for n, told in enumerate(self.fields(name)) if told["api_name"] not in one["without"]]
        section = {"id": "9001", "name": "Information", "display_label": "Information", "api_name": "Information", "sequence_number": 1, "type": "used",
                   "isSubformSection": False, "column_count": 2, "tab_traversal": "left_to_right", "generated_type": "default", "fields": fields}
        told = {key: one[key] for key in ("id", "name", "generated_type", "status", "visible")}
        return {**told, "display_label": one["name"], "api_name": one["name"], "has_more_profiles": False, "source": "crm", "created_for": None,
                "profiles": profiles, "sections": [section]}

    def must(self, name, one, key):
        """A new record of this layout has to have it; Zoho's own fields of any layout."""
        how = self.kinds[name][key]
        seen = how.get("permissions", {}).get(self.profile, "read_write") == "read_write"
        return how["system_mandatory"] or (key in one["requires"] and seen)

    def has(self, one, key, value):
        return value in one["values"].get(key, [value])

    def layout_of(self, name, values):
        """The layout that a record is of, or is created with; none if it is not one of this user's."""
        mine = [one for one in self.layouts[name] if self.profile in one["profiles"] and one["status"] == "active"]
        if "Layout" not in values:
            return next((one for one in mine if self.profile in one["default"]), mine[0])
        chosen = values["Layout"].get("id") if isinstance(values["Layout"], dict) else None
        return next((one for one in mine if one["id"] == chosen), None)

    def on_module(self, request, name, *rest):
        if request.method == "GET" and rest in ((), ("deleted",)):
            return self.listed(request, name, bool(rest))
        if request.method == "DELETE" and len(rest) == 1:
            if rest[0] not in self.tables[name]:
                raise Answer(400, {"data": [invalid("id")]})
            self.delete(name, rest[0])
            return Answer(200, {"data": [{"code": "SUCCESS", "details": {"id": rest[0]}, "message": "record deleted", "status": "success"}]})
        if request.method == "POST" and rest in ((), ("upsert",)):
            return self.write(name, request.json(), bool(rest))
        if request.method == "GET" and rest == ("search",):
            return self.search(name, request.query)
        if request.method == "GET" and len(rest) == 1:
            row = self.tables[name].get(rest[0])
            return Answer(200, {"data": [shown(row)]}) if row else Answer(204)
        if request.method == "PUT" and len(rest) == 1:
            row = self.tables[name].get(rest[0])
            values = request.json()["data"][0]
            problem = self.problem(name, {**(row or {}), **values}, new=False) if row else invalid("id")
            if problem:
                return Answer(400, {"data": [problem]})
            self.touched(row).update(values)
            return Answer(200, {"data": [success(row, "record updated")]})
        raise refusal(405, "INVALID_REQUEST_METHOD", "The http request method type is not a valid one")

    # writing

    def write(self, name, body, upsert):
        results, wanted = [], body.get("duplicate_check_fields", [])
        for given in body["data"]:
            # An id may come as a number, too.
            values = {key: {**value, "id": str(value["id"])} if isinstance(value, dict) and "id" in value else value for key, value in given.items()}
            problem = self.problem(name, values, new=True)
            same = [row for row in self.tables[name].values() for key in wanted if values.get(key) and row.get(key) == values[key]] if upsert else []
            if problem:
                results.append(problem)
            elif same:
                self.touched(same[0]).update(values)
                results.append({**success(same[0], "record updated"), "action": "update", "duplicate_field": wanted[0]})
            else:
                row = self.insert(name, values)
                results.append({**success(row, "record added"), **({"action": "insert", "duplicate_field": None} if upsert else {})})
        good = [one for one in results if one["status"] == "success"]
        status = (201 if not upsert else 200) if len(good) == len(results) else 207 if good else 400
        return Answer(status, {"data": results})

    def insert(self, name, values):
        self.count += 1
        row = {"id": str(4876876000000000000 + self.count), "Created_Time": f"2027-01-15T02:{self.count // 60:02}:{self.count % 60:02}+00:00", **values}
        if "Last_Name" in values:
            row["Full_Name"] = " ".join(part for part in (values.get("First_Name"), values["Last_Name"]) if part)
        if name == "Cases":
            row["Case_Number"] = f"C-{self.count}"
        one = self.layout_of(name, values)
        row["Layout"] = {"id": one["id"], "name": one["name"]}
        self.tables[name][row["id"]] = self.touched(row)
        if self.index_waits:
            self.not_indexed.add(row["id"])
        return row

    def touched(self, row):
        row["Modified_Time"] = moment(self.second)
        return row

    def delete(self, name, id):
        row = self.tables[name].pop(id)
        self.bin[name].insert(0, {"id": id, "display_name": row.get("Full_Name"), "type": "recycle", "deleted_time": moment(self.second),
                                  "deleted_by": {"id": "5000", "name": "Ana"}, "created_by": {"id": "5000", "name": "Ana"}})

    def problem(self, name, values, new):
        kinds = self.kinds[name]
        one = self.layout_of(name, values)
        if one is None:
            return invalid("Layout", "jsonobject")
        for key in kinds:
            if self.must(name, one, key) and (new or key in values) and values.get(key) in (None, "", []):
                return {"code": "MANDATORY_NOT_FOUND", "details": {"api_name": key, "json_path": f"$.data[0].{key}"}, "message": "required field not found", "status": "error"}
        for key, value in values.items():
            how = kinds.get(key)
            if how is None:
                continue  # the real one ignores what it does not know
            if how["data_type"] == "lookup" and value is not None:
                target = {"Who_Id": "Contacts", "Related_To": "Contacts", "Contact_Name": "Contacts", "Converted_Contact": "Contacts", "Account_Name": "Accounts"}.get(key) or values.get("$se_module")
                if target not in self.tables or not isinstance(value, dict) or value.get("id") not in self.tables[target]:
                    return invalid(key)
            elif isinstance(value, str) and how["length"] and len(value) > how["length"]:
                return invalid(key)
            kind = JSON_TYPES.get(how["data_type"])
            if kind in PYTHON_TYPES and value is not None and not isinstance(value, PYTHON_TYPES[kind]):
                return invalid(key, kind)
            known = [choice["actual_value"] for choice in how.get("pick_list_values", []) if self.has(one, key, choice["actual_value"])]
            if known and any(chosen not in known for chosen in (value if isinstance(value, list) else [value]) if chosen is not None):
                return invalid(key, kind or "picklist")
        if name == "Calls":
            if values.get("Call_Type") not in ("Inbound", "Outbound", "Missed"):
                return invalid("Call_Type")
            if values.get("Call_Result") not in (None, *[one["actual_value"] for one in RESULTS]):
                return invalid("Call_Result")
            if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", values.get("Call_Start_Time") or ""):
                return invalid("Call_Start_Time")
            if values["Call_Type"] != "Missed" and not re.fullmatch(r"\d+:\d\d", values.get("Call_Duration") or ""):
                return {"code": "MANDATORY_NOT_FOUND", "details": {"api_name": "Call_Duration"}, "message": "required field not found", "status": "error"}
        for row in self.tables[name].values() if new and self.duplicates else []:
            if "Email" in kinds and values.get("Email") and row.get("Email") == values["Email"]:
                return {"code": "DUPLICATE_DATA", "details": {"api_name": "Email", "duplicate_record": {"id": row["id"], "module": {"api_name": name}}},
                        "message": "duplicate data", "status": "error"}
        return None

    # reading

    def search(self, name, query):
        rows = [row for row in self.tables[name].values() if row["id"] not in self.not_indexed]
        texts = lambda row, kinds: [row[key] for key, how in self.kinds[name].items() if how["data_type"] in kinds and isinstance(row.get(key), str)]
        if "phone" in query:
            rows = [row for row in rows if any(query["phone"] in text for text in texts(row, ["phone"]))]
        elif "email" in query:
            rows = [row for row in rows if row.get("Email") == query["email"]]
        elif len(query.get("word", "")) >= 2:
            words = [word.lower() for word in re.findall(r"\w+", query["word"])]
            have = lambda row: [word for text in texts(row, ["text", "email"]) for word in re.findall(r"\w+", text.lower())]
            rows = [row for row in rows if words and all(any(one.startswith(word) for one in have(row)) for word in words)]
        else:
            raise refusal(400, "REQUIRED_PARAM_MISSING", "One of the expected parameter is missing")
        rows = [shown(row) for row in rows[: int(query.get("per_page", 200))]]
        return Answer(200, {"data": rows, "info": {"count": len(rows), "more_records": False}}) if rows else Answer(204)

    def listed(self, request, name, deleted):
        """Records, or what was deleted of them, since a moment; 2,000 at most."""
        asked, since = request.query, request.headers.get("If-Modified-Since")
        per_page, page = int(asked.get("per_page", 200)), int(asked.get("page", 1))
        if not deleted and not asked.get("fields"):
            raise refusal(400, "REQUIRED_PARAM_MISSING", "One of the expected parameter is missing")
        if per_page > 200:
            raise refusal(400, "INVALID_DATA", "per_page")
        if page * per_page > 2000:
            raise refusal(400, "DISCRETE_PAGINATION_LIMIT_EXCEEDED", "page token is needed")
        if deleted:
            rows = [row for row in self.bin[name] if asked.get("type", "all") in ("all", row["type"])]
            rows = [row for row in rows if since is None or epoch(row["deleted_time"]) >= epoch(since)]
            rows = [{**row, "deleted_time": local(row["deleted_time"])} for row in rows]
        else:
            converted = lambda row: "true" if row.get("Converted_Contact") else "false"
            rows = [row for row in self.tables[name].values() if asked.get("converted", "false") in ("both", converted(row))]
            rows = [row for row in rows if since is None or epoch(row["Modified_Time"]) >= epoch(since)]
            rows.sort(key=lambda row: row["id"], reverse=True)
            if since is not None and not rows:
                return Answer(304)
            rows = [{key: value for key, value in shown(row).items() if key in ["id", *asked["fields"].split(",")]} for row in rows]
        begin = (page - 1) * per_page
        part = rows[begin : begin + per_page]
        info = {"per_page": per_page, "count": len(part), "page": page, "more_records": begin + per_page < len(rows)}
        return Answer(200, {"data": part, "info": info}) if part else Answer(204)

    def composite(self, asked):
        """Up to five requests in one, each answered by itself; a question has 25 rows at most."""
        if not self.composes:
            raise refusal(400, "API_NOT_SUPPORTED", "the api is not supported")
        parts = asked.get("__composite_requests")
        if not isinstance(parts, list) or not 0 < len(parts) <= 5:
            raise refusal(400, "INVALID_DATA", "one to five sub requests")
        if asked.get("rollback_on_fail") and asked.get("parallel_execution"):
            raise refusal(400, "AMBIGUITY_DURING_PROCESSING", "both cannot be true")
        return Answer(200, {"__composite_requests": [self.part(one) for one in parts]})

    def part(self, one):
        path = re.fullmatch(r"/crm/v8/([\w/]+)", one.get("uri", ""))
        if not path or one.get("method") not in ("GET", "POST", "PUT") or path.group(1) == "__composite_requests":
            return {"code": "NOT_SUPPORTED", "details": {}, "message": "not supported", "status": "error"}
        target = f"/crm/v8/{path.group(1)}?{urlencode(one.get('params', {}))}"
        try:
            answer = self.routed(Request(one["method"], target, {}, json.dumps(one.get("body", {})).encode()), path.group(1).split("/"))
        except Answer as told:
            answer = told
        body = json.loads(answer.body) if answer.body else None
        if answer.status == 200 and path.group(1) == "coql" and len(body["data"]) > 25:
            return {"code": "LIMIT_EXCEEDED", "details": {"limit": 25}, "message": "too many records", "status": "error"}
        response = {"headers": answer.headers, "status_code": answer.status, "body": body}
        return {"code": "SUCCESS", "details": {"response": response}, "message": "composite sub request executed successfully", "status": "success"}

    def coql(self, text):
        try:
            parser = Parser(text)
            parser.take("word", "SELECT")
            fields = parser.fields()
            parser.take("word", "FROM")
            name = parser.take("word")
            condition, order, limit = parser.rest()
            if parser.left or condition is None or name not in self.kinds:
                raise Malformed("where")
        except Malformed as fault:
            raise refusal(400, "SYNTAX_ERROR", str(fault))
        for key in fields + names_of(condition):
            if key.split(".")[0] not in self.kinds[name]:
                raise refusal(400, "INVALID_QUERY", f"invalid query formed: {key}")
        if len(names_of(condition)) > 25 or too_wide(condition):
            raise refusal(400, "SYNTAX_ERROR", "conditions stand in pairs")
        if limit > 2000:
            raise refusal(400, "SYNTAX_ERROR", "limit")
        rows = [row for row in self.tables[name].values() if not row.get("Converted_Contact")]
        rows = [row for row in rows if holds(condition, lambda key: self.value(row, key))]
        if order:
            rows.sort(key=lambda row: [row.get(key) or "" for key in order[0]], reverse=order[1])
        more = len(rows) > limit
        rows = [shown({"id": row["id"], **{key: self.value(row, key) for key in fields}}) for row in rows[:limit]]
        return Answer(200, {"data": rows, "info": {"count": len(rows), "more_records": more}}) if rows else Answer(204)

    def value(self, row, key):
        owner, _, inner = key.partition(".")
        value = row.get(owner)
        if isinstance(value, dict):
            return self.tables["Accounts"].get(value["id"], {}).get(inner) if inner else value["id"]
        return value if not inner else None


def moment(second):
    """As it is kept: UTC, to be compared as text."""
    return time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(second))


def epoch(text):
    return datetime.fromisoformat(text).timestamp()


def local(text):
    """As it is shown: in the organisation's own time."""
    return datetime.fromtimestamp(epoch(text), timezone(timedelta(hours=-6))).isoformat(timespec="seconds")


def shown(row):
    return {**row, "Modified_Time": local(row["Modified_Time"])} if "Modified_Time" in row else row


def too_wide(condition):
    """More than two conditions beside each other."""
    return condition[0] in ("or", "and") and (len(condition[1]) > 2 or any(too_wide(part) for part in condition[1]))


def success(row, message):
    return {"code": "SUCCESS", "details": {"id": row["id"], "Created_Time": row["Created_Time"]}, "message": message, "status": "success"}


def invalid(key, kind="x"):
    return {"code": "INVALID_DATA", "details": {"api_name": key, "expected_data_type": kind, "json_path": f"$.data[0].{key}"}, "message": "invalid data", "status": "error"}


def refusal(status, code, message):
    return Answer(status, {"code": code, "details": {}, "message": message, "status": "error"})


if __name__ == "__main__":
    serve(Zoho())
