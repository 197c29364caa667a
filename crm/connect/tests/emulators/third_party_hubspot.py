"""HubSpot's own client, and oauthlib for the sign-in, work with the emulated HubSpot.

usage: third_party_hubspot.py ADDRESS
"""

import json
import os
import sys
from urllib.parse import parse_qs, urlsplit

import requests
from hubspot import HubSpot
from hubspot.crm.contacts import ApiException, PublicMergeInput, PublicObjectSearchRequest, SimplePublicObjectInput, SimplePublicObjectInputForCreate
from hubspot.crm.objects.calls import BatchInputSimplePublicObjectBatchInputUpsert, SimplePublicObjectBatchInputUpsert
from hubspot.crm.objects.calls import SimplePublicObjectInputForCreate as NewCall
from hubspot.crm.properties import PropertyCreate
from oauthlib.oauth2 import WebApplicationClient

BASE = sys.argv[1]
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # the way stays on this machine
REDIRECT = "http://localhost:1717/callback"


def test(path, **body):
    answer = requests.post(f"{BASE}/_test/{path}", json=body, timeout=30)
    assert answer.status_code == 204, answer.text


def refused(status, work):
    try:
        work()
    except Exception as error:  # each part of the client has its own ApiException
        assert getattr(error, "status", None) == status, error
        return error
    raise AssertionError(f"{status} was expected")


# sign in: the code is good once, the secret is asked for
url = WebApplicationClient("timbre").prepare_request_uri(f"{BASE}/oauth/authorize", REDIRECT, ["oauth", "crm.objects.contacts.read"], "st")
code = parse_qs(urlsplit(requests.get(url, allow_redirects=False, timeout=30).headers["Location"]).query)["code"][0]
tokens = HubSpot(host=BASE).oauth.tokens_api
grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "client_id": "timbre"}
refused(400, lambda: tokens.create(**grant, client_secret="wrong"))
given = tokens.create(**grant, client_secret="hush-0123456789abcdef")
assert given.expires_in == 1800 and given.refresh_token
refused(400, lambda: tokens.create(**grant, client_secret="hush-0123456789abcdef"))
api = HubSpot(access_token=given.access_token, host=BASE)

# create, read, a duplicate
contacts = api.crm.contacts.basic_api
new = lambda **fields: SimplePublicObjectInputForCreate(properties=fields, associations=[])
ana = contacts.create(simple_public_object_input_for_create=new(firstname="Ana", lastname="Mora", phone="(506) 8555-0117", email="ana@example.com"))
assert contacts.get_by_id(ana.id).properties["lastname"] == "Mora"
assert contacts.get_by_id("ana@example.com", id_property="email").id == ana.id
error = refused(409, lambda: contacts.create(simple_public_object_input_for_create=new(lastname="X", email="ana@example.com")))
assert isinstance(error, ApiException) and f"Existing ID: {ana.id}" in error.body, error.body
assert "nope" in refused(400, lambda: contacts.create(simple_public_object_input_for_create=new(nope="1"))).body

# the schema tells what is required, and what is missing is named
test("set", field={"object": "contacts", "field": "likes", "type": ["enumeration", "checkbox"], "options": [["tea", "Tea"], ["bread", "Bread"]], "must": True})
schema = api.crm.schemas.core_api.get_by_id(object_type="contacts")
[likes] = [one for one in schema.properties if one.name == "likes"]
assert schema.required_properties == ["likes"] and schema.object_type_id == "0-1" and schema.labels.plural == "contacts"
assert (likes.type, likes.field_type, [one.value for one in likes.options]) == ("enumeration", "checkbox", ["tea", "bread"])
error = refused(400, lambda: contacts.create(simple_public_object_input_for_create=new(lastname="Mora")))
assert json.loads(error.body)["context"] == {"properties": ["likes"]} and "required properties" in error.body, error.body
assert "INVALID_OPTION" in refused(400, lambda: contacts.create(simple_public_object_input_for_create=new(lastname="Mora", likes="tea;salt"))).body
liking = contacts.create(simple_public_object_input_for_create=new(lastname="Mora", likes="tea;bread"))
assert contacts.get_by_id(liking.id).properties["likes"] == "tea;bread"
test("set", erase={"object": "contacts", "id": liking.id})
test("set", optional={"object": "contacts", "field": "likes"})

# search, which lags
ask = lambda name, value: PublicObjectSearchRequest(filter_groups=[{"filters": [{"propertyName": name, "operator": "EQ", "value": value}]}], properties=["phone"], limit=10)
found = lambda *what: [one.id for one in api.crm.contacts.search_api.do_search(public_object_search_request=ask(*what)).results]
assert found("hs_searchable_calculated_phone_number", "85550117") == [ana.id] and found("phone", "85550117") == []
test("set", index_waits=True)
late = contacts.create(simple_public_object_input_for_create=new(lastname="Late", phone="85550199"))
assert found("phone", "85550199") == []
test("set", index_waits=False)
assert found("phone", "85550199") == [late.id]

# what changed since a moment; archived and merged
edit = contacts.update(contact_id=late.id, simple_public_object_input=SimplePublicObjectInput(properties={"lastname": "Later"}))
since = PublicObjectSearchRequest(
    filter_groups=[{"filters": [{"propertyName": "lastmodifieddate", "operator": "GTE", "value": "0"},
                                {"propertyName": "hs_object_id", "operator": "GT", "value": ana.id}]}],
    sorts=[{"propertyName": "lastmodifieddate", "direction": "ASCENDING"}], properties=["lastmodifieddate"], limit=200)
[one] = api.crm.contacts.search_api.do_search(public_object_search_request=since).results
assert one.id == late.id and edit.properties["lastname"] == "Later" and one.properties["lastmodifieddate"].endswith("Z")
since.after = "9900"
refused(400, lambda: api.crm.contacts.search_api.do_search(public_object_search_request=since))
twin, gone = (contacts.create(simple_public_object_input_for_create=new(lastname=name)) for name in ("Twin", "Gone"))
merged = PublicMergeInput(primary_object_id=late.id, object_id_to_merge=twin.id)
assert api.crm.contacts.basic_api.merge(public_merge_input=merged).properties["hs_merged_object_ids"] == twin.id
assert contacts.get_by_id(twin.id).id == late.id
contacts.archive(gone.id)
refused(404, lambda: contacts.get_by_id(gone.id))
first = contacts.get_page(limit=1)
assert [one.id for one in first.results] == [ana.id] and [one.id for one in contacts.get_page(limit=1, after=first.paging.next.after).results] == [late.id]
[one] = contacts.get_page(archived=True).results
assert one.id == gone.id and one.archived and one.archived_at

# calls: tied when they are made, or by a unique property, twice
tie = {"to": {"id": ana.id}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 194}]}
call = api.crm.objects.calls.basic_api.create(
    simple_public_object_input_for_create=NewCall(properties={"hs_timestamp": "2027-01-15T02:00:00Z", "hs_call_title": "a"}, associations=[tie]))
batch = lambda title: BatchInputSimplePublicObjectBatchInputUpsert(inputs=[SimplePublicObjectBatchInputUpsert(
    id="u1", id_property="softphone_call_id", properties={"hs_timestamp": "2027-01-15T02:00:00Z", "hs_call_title": title})])
upsert = lambda title: api.crm.objects.calls.batch_api.upsert(batch_input_simple_public_object_batch_input_upsert=batch(title))
refused(400, lambda: upsert("x"))
unique = PropertyCreate(name="softphone_call_id", label="Softphone call", type="string", field_type="text", group_name="call", has_unique_value=True)
assert api.crm.properties.core_api.create(object_type="calls", property_create=unique).has_unique_value
first, again = upsert("b").results[0], upsert("c").results[0]
assert first.id == again.id != call.id and first.new and not again.new
rows = requests.get(f"{BASE}/_test/records?object=calls", timeout=30).json()
assert [row["hs_call_title"] for row in rows] == ["a", "c"], rows
ties = api.crm.associations.v4.basic_api
ties.create_default(from_object_type="calls", from_object_id=first.id, to_object_type="contacts", to_object_id=ana.id)
assert {str(one.to_object_id) for one in ties.get_page(object_type="contacts", object_id=ana.id, to_object_type="calls").results} == {call.id, first.id}

# so many requests in a time that rolls
test("set", rolling=[2, 3600])
assert [contacts.get_by_id(ana.id).id for _ in range(2)] == [ana.id, ana.id]
assert "TEN_SECONDLY_ROLLING" in refused(429, lambda: contacts.get_by_id(ana.id)).body
test("set", rolling=None)

# tokens end
test("set", end_access=True)
refused(401, lambda: contacts.get_by_id(ana.id))
renewed = tokens.create(grant_type="refresh_token", refresh_token=given.refresh_token, client_id="timbre", client_secret="hush-0123456789abcdef")
assert HubSpot(access_token=renewed.access_token, host=BASE).crm.contacts.basic_api.get_by_id(ana.id).id == ana.id
print("good")
