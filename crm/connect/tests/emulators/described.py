"""What the emulators of described CRMs share: tables of records with required fields, and who is let in."""

from plumbing import Answer, Emulator, OAuth

KEY = "0123456789abcdef"


class Described(Emulator):
    """`kinds` are the fields of each table; `must` those that a new record has to have; `stamp` says when a record was last changed."""

    kinds, must, stamp = {}, {}, None

    def __init__(self):
        super().__init__()
        self.login, self.tables = OAuth(), {name: [] for name in self.kinds}
        self.kinds = {name: list(fields) for name, fields in self.kinds.items()}
        self.must = {name: list(fields) for name, fields in self.must.items()}
        self.not_indexed, self.index_waits, self.count, self.changes, self.key = set(), False, 0, 0, KEY

    def settings(self):
        return {"renewals": self.login.renewals}

    def change(self, wishes):
        for name, value in wishes.items():
            if name == "require":
                self.kinds[value["object"]].append(value["field"])
                self.must.setdefault(value["object"], []).append(value["field"])
            elif name == "index_waits":
                self.index_waits = value
                if not value:
                    self.not_indexed.clear()
            elif name == "end_access":
                self.login.access.clear()
            elif name == "revoke":
                self.login.access.clear(), self.login.refresh.clear(), self.login.clients.clear()
                self.key = None
            elif name == "rotates":
                self.login.rotates = value
            elif name == "change":
                # Somebody at the CRM itself.
                self.touched(self.row(value["object"], value["id"])).update(value["record"])
            elif name == "delete":
                self.tables[value["object"]].remove(self.row(value["object"], value["id"]))
            elif name == "put":
                # Records of an organisation that was there before.
                self.insert(value["object"], value["record"])
            else:
                raise Answer(400, {"unknown": name})

    def records(self, name):
        return self.tables[name]

    def missing(self, kind, values):
        """Required fields that are not there."""
        return [name for name in self.must.get(kind, []) if values.get(name) in (None, "")]

    def unknown(self, kind, values):
        return [name for name in values if name not in self.kinds[kind] and name != "id"]

    def identifier(self):
        return self.count

    def insert(self, kind, values):
        self.count += 1
        row = self.touched({"id": self.identifier(), **values})
        self.tables[kind].append(row)
        if self.index_waits:
            self.not_indexed.add(row["id"])
        return row

    def touched(self, row):
        self.changes += 1
        if self.stamp:
            row[self.stamp] = f"2026-11-23 06:{self.changes // 60:02}:{self.changes % 60:02}"
        return row

    def row(self, kind, id):
        return next((row for row in self.tables[kind] if str(row["id"]) == str(id)), None)
