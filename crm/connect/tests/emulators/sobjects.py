"""Objects of an emulated Salesforce and their fields, as /describe tells them."""

# The record type of objects that have but one.
MASTER = "012000000000000AAA"
ONLY = {"name": "Master", "developerName": "Master", "master": True, "active": True, "available": True, "defaultRecordTypeMapping": True}


def field(kind, length=0, **more):
    return {"type": kind, "length": length, "nillable": True, "createable": True, "updateable": True, "defaultedOnCreate": False,
            "externalId": False, "unique": False, "custom": False, "defaultValue": None, "picklistValues": [], "referenceTo": [], **more}


def required(kind, length=0, **more):
    return field(kind, length, nillable=False, **more)


def fixed(kind, **more):
    return field(kind, nillable=False, createable=False, updateable=False, defaultedOnCreate=True, **more)


def choice(*values, **more):
    values = [{"value": v, "label": v, "active": True, "defaultValue": False} for v in values]
    return field("picklist", 255, picklistValues=values, **more)


def objects():
    system = {"Id": fixed("id", length=18), "CreatedDate": fixed("datetime"), "IsDeleted": fixed("boolean"),
              "SystemModstamp": fixed("datetime")}
    merged = {"MasterRecordId": field("reference", 18, createable=False, updateable=False, referenceTo=["Contact", "Lead", "Account"])}
    person = {"FirstName": field("string", 40), "LastName": required("string", 80), "Name": fixed("string", length=121),
              "Phone": field("phone", 40), "MobilePhone": field("phone", 40), "Email": field("email", 80), "Title": field("string", 128),
              "Description": field("textarea", 32000)}
    return {
        "Contact": {**system, **merged, **person, "HomePhone": field("phone", 40), "OtherPhone": field("phone", 40),
                    "AccountId": field("reference", 18, referenceTo=["Account"])},
        "Lead": {**system, **merged, **person, "Company": required("string", 255), "IsConverted": fixed("boolean"), "LeadSource": choice("Phone", "Web"),
                 "ConvertedContactId": field("reference", 18, createable=False, updateable=False, referenceTo=["Contact"]),
                 "Status": required("picklist", 255, defaultedOnCreate=True)},
        "Account": {**system, "Name": required("string", 255), "Phone": field("phone", 40)},
        "Case": {**system, "CaseNumber": fixed("string", length=30), "Subject": field("string", 255), "Description": field("textarea", 32000),
                 "ContactId": field("reference", 18, referenceTo=["Contact"]), "AccountId": field("reference", 18, referenceTo=["Account"]),
                 "IsClosed": fixed("boolean"), "Status": required("picklist", 255, defaultedOnCreate=True)},
        "Task": {**system, "Subject": field("combobox", 255), "Description": field("textarea", 32000), "ActivityDate": field("date"),
                 "Status": required("picklist", 255, defaultedOnCreate=True), "Priority": required("picklist", 255, defaultedOnCreate=True),
                 "TaskSubtype": choice("Task", "Call", "Email", updateable=False), "CallType": choice("Internal", "Inbound", "Outbound"),
                 "CallDurationInSeconds": field("int"), "CallDisposition": field("string", 255), "CallObject": field("string", 255),
                 "WhoId": field("reference", 18, referenceTo=["Contact", "Lead"]), "WhatId": field("reference", 18, referenceTo=["Account", "Case"])},
    }


def person_accounts(kinds):
    """What an organisation has besides in which somebody may be an account."""
    phones = {name: field("phone", 40) for name in ("PersonMobilePhone", "PersonHomePhone", "PersonOtherPhone")}
    kinds["Account"].update(phones, IsPersonAccount=fixed("boolean"), PersonEmail=field("email", 80), FirstName=field("string", 40), LastName=field("string", 80),
                            PersonContactId=field("reference", 18, createable=False, updateable=False, referenceTo=["Contact"]))
    kinds["Contact"].update(IsPersonAccount=fixed("boolean"))


# Fields of a person who is an account, by those of the contact behind.
PERSON = {"FirstName": "FirstName", "LastName": "LastName", "Phone": "Phone", "MobilePhone": "PersonMobilePhone", "Email": "PersonEmail"}
