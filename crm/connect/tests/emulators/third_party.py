"""A client that nobody here wrote works with the emulated Salesforce: simple-salesforce, and oauthlib for the sign-in.

usage: third_party.py ADDRESS
"""

import os
import re
import sys
from urllib.parse import parse_qs, urlsplit

import requests
from oauthlib.oauth2 import WebApplicationClient
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce, format_soql
from simple_salesforce.exceptions import SalesforceAuthenticationFailed, SalesforceError, SalesforceExpiredSession, SalesforceMalformedRequest, SalesforceMoreThanOneRecord, SalesforceResourceNotFound

BASE = sys.argv[1]
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # the way stays on this machine


class Plain(HTTPAdapter):
    """The client insists on https; what it asks this machine goes without."""

    def send(self, request, **how):
        request.url = re.sub("^https:", "http:", request.url)
        return super().send(request, **how)


def test(path, **body):
    answer = requests.post(f"{BASE}/_test/{path}", json=body, timeout=30)
    assert answer.status_code == 204, answer.text


def sign_in():
    client = WebApplicationClient("timbre")
    verifier = client.create_code_verifier(64)
    challenge = client.create_code_challenge(verifier, "S256")
    url = client.prepare_request_uri(f"{BASE}/services/oauth2/authorize", "http://localhost:1717/callback", ["api", "refresh_token"], "st",
                                     code_challenge=challenge, code_challenge_method="S256")
    back = requests.get(url, allow_redirects=False, timeout=30).headers["Location"]
    code = parse_qs(urlsplit(back).query)["code"][0]
    ask = client.prepare_request_body(code=code, redirect_uri="http://localhost:1717/callback", code_verifier=verifier)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    tokens = requests.post(f"{BASE}/services/oauth2/token", ask, headers=form, timeout=30).text
    again = requests.post(f"{BASE}/services/oauth2/token", ask, headers=form, timeout=30)
    assert again.status_code == 400 and again.json()["error"] == "invalid_grant", "a code is good once"
    return client.parse_request_body_response(tokens), client


def refused(kind, work):
    try:
        work()
    except kind as error:
        return error.content[0] if isinstance(error.content, list) else error.content
    raise AssertionError(f"{kind.__name__} was expected")


tokens, client = sign_in()
session = requests.Session()
session.mount("https://", Plain())
sf = Salesforce(instance_url=tokens["instance_url"], session_id=tokens["access_token"], session=session, version="64.0")

# create, read, change, describe
ana = sf.Contact.create({"FirstName": "Ana", "LastName": "Mora", "Phone": "(506) 8555-0117", "Email": "ana@example.com"})
assert ana["success"] and re.fullmatch(r"003\w{15}", ana["id"])
assert sf.Contact.get(ana["id"])["Name"] == "Ana Mora"
assert sf.Contact.update(ana["id"], {"Title": "Jefa"}) == 204
before = {"If-Unmodified-Since": "Mon, 30 Nov 2020 08:34:54 GMT"}
try:
    sf.Contact.update(ana["id"], {"Title": "Nadie"}, headers=before)
    raise AssertionError("changed since")
except SalesforceError as error:
    assert error.status == 412, error
assert sf.Contact.get(ana["id"])["Title"] == "Jefa"
assert [one["master"] for one in sf.Lead.describe()["recordTypeInfos"]] == [True]
layout = sf.Lead.describe_layout("012000000000000AAA")
items = [item for section in layout["editLayoutSections"] for row in section["layoutRows"] for item in row["layoutItems"]]
assert any(item["required"] and item["layoutComponents"][0]["value"] == "Name" for item in items)
fields = {field["name"]: field for field in sf.Lead.describe()["fields"]}
assert not fields["Company"]["nillable"] and fields["FirstName"]["nillable"]
assert refused(SalesforceMalformedRequest, lambda: sf.Lead.create({"LastName": "X"}))["fields"] == ["Company"]
assert refused(SalesforceMalformedRequest, lambda: sf.Contact.create({"LastName": "X", "Nope": 1}))["errorCode"] == "INVALID_FIELD"

# search: what the index knows, in each way of writing
lead = sf.Lead.create({"LastName": "Soto", "Company": "Yunque", "MobilePhone": "+506 8555 0117"})
found = sf.search("FIND {50685550117 OR (8555 AND 0117)} IN PHONE FIELDS RETURNING Contact(Id, Phone), Lead(Id, MobilePhone WHERE IsConverted = false)")
assert {row["attributes"]["type"]: row["Id"] for row in found["searchRecords"]} == {"Contact": ana["id"], "Lead": lead["id"]}
assert sf.search("FIND {85550117} IN PHONE FIELDS RETURNING Contact(Id)")["searchRecords"] == [], "words match whole"
assert refused(SalesforceMalformedRequest, lambda: sf.search("FIND {8555-0117} IN PHONE FIELDS RETURNING Contact(Id)"))["errorCode"] == "MALFORMED_SEARCH"
test("set", index_waits=True)
late = sf.Contact.create({"LastName": "Late", "Phone": "85550199"})
assert sf.search("FIND {85550199} IN PHONE FIELDS RETURNING Contact(Id)")["searchRecords"] == []
test("set", index_waits=False)
assert sf.search("FIND {85550199} IN PHONE FIELDS RETURNING Contact(Id)")["searchRecords"][0]["Id"] == late["id"]

# SOQL, with a text that tries to break out
sf.Task.create({"Subject": "it's \\ 1", "CallObject": "c-1", "WhoId": ana["id"]})
rows = sf.query(format_soql("SELECT Id, Subject FROM Task WHERE Subject = {} AND CallObject IN ('c-1', 'c-2')", "it's \\ 1"))
assert rows["totalSize"] == 1 and sf.query("SELECT Id FROM Task WHERE Subject = 'x' OR Id = null")["records"] == []
assert refused(SalesforceMalformedRequest, lambda: sf.query("SELECT Id FROM Task WHERE"))["errorCode"] == "MALFORMED_QUERY"

# upsert by external id
assert refused(SalesforceResourceNotFound, lambda: sf.Task.upsert("Softphone_Call_Id__c/u1", {"Subject": "a"}))
test("set", external_id=True)
assert sf.Task.upsert("Softphone_Call_Id__c/u1", {"Subject": "a"}) == 201
assert sf.Task.upsert("Softphone_Call_Id__c/u1", {"Subject": "b"}) == 200
assert [row["Subject"] for row in sf.query("SELECT Subject FROM Task WHERE Softphone_Call_Id__c = 'u1'")["records"]] == ["b"]
sf.Task.create({"Subject": "c", "Softphone_Call_Id__c": "u1"})
refused(SalesforceMoreThanOneRecord, lambda: sf.Task.upsert("Softphone_Call_Id__c/u1", {"Subject": "d"}))

# rules of the organisation
test("set", duplicate_rule=True)
again = {"LastName": "Mora", "Phone": "8555 0117"}
assert refused(SalesforceMalformedRequest, lambda: sf.Contact.create(again))["errorCode"] == "DUPLICATES_DETECTED"
assert sf.Contact.create(again, headers={"Sforce-Duplicate-Rule-Header": "allowSave=true"})["success"]
company = sf.Account.create({"Name": "Yunque"})
wrong = {"Subject": "x", "WhoId": lead["id"], "WhatId": company["id"]}
assert refused(SalesforceMalformedRequest, lambda: sf.Task.create(wrong))["errorCode"] == "FIELD_INTEGRITY_EXCEPTION"
assert sf.Lead.delete(lead["id"]) == 204
assert refused(SalesforceMalformedRequest, lambda: sf.Task.create({"WhoId": lead["id"]}))["errorCode"] == "ENTITY_IS_DELETED"
asked = "SELECT Id, IsDeleted FROM Lead WHERE SystemModstamp > 2020-01-01T00:00:00Z ORDER BY SystemModstamp, Id"
deleted = {row["Id"]: row["IsDeleted"] for row in sf.query_all(asked, include_deleted=True)["records"]}
assert deleted[lead["id"]] is True and lead["id"] not in [row["Id"] for row in sf.query_all(asked)["records"]]
assert sf.api_usage["api-usage"].total == 15000, sf.api_usage

# tokens end and rotate
test("set", end_access=True, rotates=True)
assert refused(SalesforceExpiredSession, lambda: sf.Contact.get(ana["id"]))["errorCode"] == "INVALID_SESSION_ID"
for token, good in ((tokens["refresh_token"], True), (tokens["refresh_token"], False)):
    ask = client.prepare_refresh_body(refresh_token=token, client_id="timbre")
    answer = requests.post(f"{BASE}/services/oauth2/token", ask, headers={"Content-Type": "application/x-www-form-urlencoded"}, timeout=30)
    assert (answer.status_code == 200) is good, answer.text
    if good:
        sf = Salesforce(instance_url=tokens["instance_url"], session_id=answer.json()["access_token"], session=session, version="64.0")
        assert sf.Contact.get(ana["id"])["Title"] == "Jefa"
refused(SalesforceExpiredSession, lambda: sf.Contact.get(ana["id"]))

# user, password and security token
class There(Plain):
    """Where the client would ask the vendor it asks this machine."""

    def send(self, request, **how):
        request.url = request.url.replace("https://login.salesforce.com", BASE)
        return super().send(request, **how)


session = requests.Session()
session.mount("https://", There())
who = {"username": "ana@example.com", "password": "sésamo & <1>", "session": session}
sf = Salesforce(**who, security_token="0123456789abcdef", version="64.0")
assert sf.Contact.get(ana["id"])["Title"] == "Jefa"


def code(how):
    try:
        Salesforce(**how)
    except SalesforceAuthenticationFailed as error:
        return error.code.rsplit(":")[-1]
    raise AssertionError("nobody should be let in")


assert code({**who, "security_token": "wrong", "version": "64.0"}) == "INVALID_LOGIN"
assert code({**who, "security_token": "0123456789abcdef", "version": "65.0"}) == "INVALID_OPERATION"
assert code({**who, "security_token": "0123456789abcdef", "version": "30.0"}) == "UNSUPPORTED_API_VERSION"
test("set", soap=False)
assert code({**who, "security_token": "0123456789abcdef", "version": "64.0"}) == "INVALID_OPERATION"

# people who are accounts
test("set", soap=True, person_accounts=True, person={"FirstName": "Luis", "LastName": "Vega", "MobilePhone": "8555 0188"})
found = sf.search("FIND {8555 AND 0188} IN PHONE FIELDS RETURNING Account(Id, Name, IsPersonAccount, PersonContactId)")["searchRecords"]
assert [(row["Name"], row["IsPersonAccount"], row["PersonContactId"][:3]) for row in found] == [("Luis Vega", True, "003")]
sf.Account.update(found[0]["Id"], {"LastName": "Solano", "PersonMobilePhone": "8555 0189"})
behind = sf.Contact.get(found[0]["PersonContactId"])
assert (behind["Name"], behind["MobilePhone"], behind["IsPersonAccount"]) == ("Luis Solano", "8555 0189", True), behind
assert sf.Task.create({"Subject": "x", "WhoId": found[0]["PersonContactId"]})["success"]
print("good")
