"""Zoho's own SDK 8.0, and oauthlib for the sign-in, work with the emulated Zoho.

usage: third_party_zoho.py ADDRESS
"""

import os
import sys
import tempfile
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

import requests
from oauthlib.oauth2 import WebApplicationClient
from zohocrmsdk.src.com.zoho.api.authenticator import OAuthToken
from zohocrmsdk.src.com.zoho.api.authenticator.store import FileStore
from zohocrmsdk.src.com.zoho.crm.api import HeaderMap, Initializer, ParameterMap
from zohocrmsdk.src.com.zoho.crm.api.coql import BodyWrapper as CoqlBody
from zohocrmsdk.src.com.zoho.crm.api.coql import CoqlOperations
from zohocrmsdk.src.com.zoho.crm.api.dc import DataCenter
from zohocrmsdk.src.com.zoho.crm.api.fields import FieldsOperations, GetFieldsParam
from zohocrmsdk.src.com.zoho.crm.api.layouts import GetLayoutsParam, Layouts, LayoutsOperations
from zohocrmsdk.src.com.zoho.crm.api.record import (ActionWrapper, APIException, BodyWrapper, Field, GetDeletedRecordsHeader, GetDeletedRecordsParam,
                                                    GetRecordsParam, Record, RecordOperations, SearchRecordsParam, SuccessResponse)
from zohocrmsdk.src.com.zoho.crm.api.sdk_config import SDKConfig
from zohocrmsdk.src.com.zoho.crm.api.util import Choice

BASE = sys.argv[1]
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # the way stays on this machine
SCOPES = ["ZohoCRM.modules.ALL,ZohoCRM.settings.fields.READ,ZohoCRM.settings.layouts.READ"]
REDIRECT = "http://localhost:1717/callback"


def test(path, **body):
    answer = requests.post(f"{BASE}/_test/{path}", json=body, timeout=30)
    assert answer.status_code == 204, answer.text


def sign_in():
    """The code; the SDK itself exchanges codes without a verifier, so this one has no challenge either."""
    client = WebApplicationClient("timbre")
    url = client.prepare_request_uri(f"{BASE}/oauth/v2/auth", REDIRECT, SCOPES, "st", access_type="offline")
    back = requests.get(url, allow_redirects=False, timeout=30).headers["Location"]
    answer = parse_qs(urlsplit(back).query)
    assert answer["state"] == ["st"] and answer["accounts-server"] == [BASE]
    return answer["code"][0]


def proven_sign_in():
    """With a verifier, as the connector does; a wrong one is refused with 200 and an error inside."""
    client = WebApplicationClient("timbre")
    verifier = client.create_code_verifier(64)
    challenge = client.create_code_challenge(verifier, "S256")
    for proof, good in ((verifier, True), ("x" * 64, False)):
        url = client.prepare_request_uri(f"{BASE}/oauth/v2/auth", REDIRECT, SCOPES, "st", access_type="offline",
                                         code_challenge=challenge, code_challenge_method="S256")
        back = requests.get(url, allow_redirects=False, timeout=30).headers["Location"]
        ask = client.prepare_request_body(code=parse_qs(urlsplit(back).query)["code"][0], redirect_uri=REDIRECT, code_verifier=proof)
        answer = requests.post(f"{BASE}/oauth/v2/token", ask, headers={"Content-Type": "application/x-www-form-urlencoded"}, timeout=30)
        assert answer.status_code == 200 and ("access_token" in answer.json()) is good, answer.text


def only(response, kind):
    """The only result of a writing."""
    wrapper = response.get_object()
    assert isinstance(wrapper, ActionWrapper), wrapper
    [result] = wrapper.get_data()
    assert isinstance(result, kind), (result.get_code().get_value(), result.get_details())
    return result


def record(**fields):
    made = Record()
    for name, value in fields.items():
        made.add_key_value(name, value)
    return made


def body(*records, unique=None):
    made = BodyWrapper()
    made.set_data(list(records))
    if unique:
        made.set_duplicate_check_fields(unique)
    return made


def found(module, **params):
    asked = ParameterMap()
    for name, value in params.items():
        asked.add(getattr(SearchRecordsParam, name), value)
    response = RecordOperations(module).search_records(asked, HeaderMap())
    return [] if response.get_status_code() == 204 else response.get_object().get_data()


def id_of(result):
    return int(result.get_details()["id"])


proven_sign_in()
folder = tempfile.mkdtemp()
token = OAuthToken(client_id="timbre", client_secret="none", grant_token=sign_in(), redirect_url=REDIRECT)
environment = DataCenter.Environment(BASE, f"{BASE}/oauth/v2/token", BASE)
Initializer.initialize(environment, token, FileStore(os.path.join(folder, "tokens")), SDKConfig(pick_list_validation=False), folder)

# describe
asked = ParameterMap()
asked.add(GetFieldsParam.module, "Leads")
fields = {one.get_api_name(): one for one in FieldsOperations().get_fields(asked).get_object().get_fields()}
assert fields["Company"].get_system_mandatory() and not fields["First_Name"].get_system_mandatory()

# layouts: the second one requires a field, and takes some of the values of a pick list
test("set", field={"object": "Leads", "field": "Branch", "type": "multiselectpicklist", "choices": [["N", "Norte"], ["S", "Sur"]]})
test("set", layouts={"object": "Leads", "layouts": [{}, {"name": "Hogar", "generated": "custom", "default": [], "requires": ["Branch"], "values": {"Branch": ["S"]}}]})
asked = ParameterMap()
asked.add(GetLayoutsParam.module, "Leads")
standard, home = LayoutsOperations().get_layouts(asked).get_object().get_layouts()
assert (standard.get_name(), home.get_name(), home.get_status(), home.get_generated_type()) == ("Standard", "Hogar", "active", "custom")
assert [one.get_default() for one in standard.get_profiles()] == [True, True] and not any(one.get_default() for one in home.get_profiles())
of_layout = lambda layout: {one.get_api_name(): one for section in layout.get_sections() for one in section.get_fields()}
assert not of_layout(standard)["Branch"].get_required() and of_layout(home)["Branch"].get_required()
assert [(one.get_actual_value(), one.get_type().get_value()) for one in of_layout(home)["Branch"].get_pick_list_values()] == [("N", "unused"), ("S", "used")]
assert of_layout(home)["Branch"].get_profiles()[0].get_permission_type() == "read_write" and of_layout(home)["Company"].get_view_type().get_create()
there = Layouts()
there.set_id(home.get_id())
problem = only(RecordOperations("Leads").create_records(body(record(Last_Name="X", Company="Y", Layout=there)), HeaderMap()), APIException)
assert problem.get_code().get_value() == "MANDATORY_NOT_FOUND" and problem.get_details()["api_name"] == "Branch"
only(RecordOperations("Leads").create_records(body(record(Last_Name="X", Company="Y", Layout=there, Branch=[Choice("S")])), HeaderMap()), SuccessResponse)
[row] = requests.get(f"{BASE}/_test/records?object=Leads", timeout=30).json()
assert row["Branch"] == ["S"] and row["Layout"] == {"id": str(home.get_id()), "name": "Hogar"}, row

# create, read, search
ana = record(First_Name="Ana", Last_Name="Mora", Phone="8555-0117", Email="ana@example.com")
ana = id_of(only(RecordOperations("Contacts").create_records(body(ana), HeaderMap()), SuccessResponse))
[row] = found("Contacts", phone="8555-0117")
assert row.get_id() == ana and row.get_key_values()["Full_Name"] == "Ana Mora", row.get_key_values()
assert found("Contacts", phone="85550199") == [] and len(found("Contacts", word="mora")) == 1
problem = only(RecordOperations("Leads").create_records(body(record(Last_Name="X")), HeaderMap()), APIException)
assert problem.get_code().get_value() == "MANDATORY_NOT_FOUND" and problem.get_details()["api_name"] == "Company"
test("set", index_waits=True)
late = record(Last_Name="Late", Company="Yunque", Phone="85550199")
late = id_of(only(RecordOperations("Leads").create_records(body(late), HeaderMap()), SuccessResponse))
assert found("Leads", phone="85550199") == []
test("set", index_waits=False)
assert [one.get_id() for one in found("Leads", phone="85550199")] == [late]

# what changed, by COQL; what was deleted and converted
query = CoqlBody()
query.set_select_query(f"select Last_Name, Modified_Time from Contacts where (Modified_Time >= '2020-01-01T00:00:00+00:00' and id > '{ana - 1}') order by Modified_Time asc, id asc limit 2000")
wrapper = CoqlOperations().get_records(query).get_object()
[row] = wrapper.get_data()
assert int(row.get_id()) == ana and row.get_key_value("Modified_Time") and not wrapper.get_info().get_more_records(), row.get_key_values()
gone = id_of(only(RecordOperations("Contacts").create_records(body(record(Last_Name="Gone")), HeaderMap()), SuccessResponse))
only(RecordOperations("Contacts").delete_record(gone, ParameterMap(), HeaderMap()), SuccessResponse)
asked, since = ParameterMap(), HeaderMap()
asked.add(GetDeletedRecordsParam.type, "all")
since.add(GetDeletedRecordsHeader.if_modified_since, datetime.now(timezone.utc) - timedelta(hours=1))
[row] = RecordOperations("Contacts").get_deleted_records(asked, since).get_object().get_data()
assert (row.get_id(), row.get_type()) == (gone, "recycle") and row.get_deleted_time()
asked = ParameterMap()
asked.add(GetRecordsParam.converted, "true")
asked.add(GetRecordsParam.fields, "Full_Name,Converted_Contact")
assert RecordOperations("Leads").get_records(asked, HeaderMap()).get_status_code() == 204
test("set", convert={"id": str(late), "into": str(ana)})
[row] = RecordOperations("Leads").get_records(asked, HeaderMap()).get_object().get_data()
assert row.get_id() == late and row.get_key_value("Converted_Contact").get_id() == ana, row.get_key_values()

# a duplicate names the record that is there
test("set", duplicates=True)
problem = only(RecordOperations("Contacts").create_records(body(record(Last_Name="Mora", Email="ana@example.com")), HeaderMap()), APIException)
assert problem.get_code().get_value() == "DUPLICATE_DATA", problem.get_code().get_value()

# log, twice with a unique field
test("set", unique_field=True)
who = Record()
who.set_id(ana)
at = datetime(2027, 1, 14, 20, 0, 0, tzinfo=timezone(timedelta(hours=-6)))


def call(subject, mark):
    return record(Subject=subject, Call_Type=Choice("Inbound"), Call_Start_Time=at, Call_Duration="01:15", Who_Id=who, Softphone_Call_Id=mark)


first = only(RecordOperations("Calls").upsert_records(body(call("a", "u1"), unique=["Softphone_Call_Id"]), HeaderMap()), SuccessResponse)
again = only(RecordOperations("Calls").upsert_records(body(call("b", "u1"), unique=["Softphone_Call_Id"]), HeaderMap()), SuccessResponse)
other = only(RecordOperations("Calls").upsert_records(body(call("c", "u2"), unique=["Softphone_Call_Id"]), HeaderMap()), SuccessResponse)
assert id_of(first) == id_of(again) != id_of(other)
rows = requests.get(f"{BASE}/_test/records?object=Calls", timeout=30).json()
assert [row["Subject"] for row in rows] == ["b", "c"] and datetime.fromisoformat(rows[0]["Call_Start_Time"]) == at, rows

# tokens end: the SDK does not know, asks, and is told
test("set", end_access=True)
response = RecordOperations("Contacts").search_records(ParameterMap(), HeaderMap())
assert response.get_status_code() == 401
renewed = requests.post(f"{BASE}/oauth/v2/token", {"grant_type": "refresh_token", "refresh_token": token.get_refresh_token(), "client_id": "timbre"}, timeout=30).json()
assert renewed["expires_in"] == 3600 and renewed["api_domain"] == BASE and "refresh_token" not in renewed
print("good")
