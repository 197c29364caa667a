-- A database as version 6 wrote it. Never changed: it stands for the files that people have.
CREATE TABLE profile (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE contact (
    row INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    profile INTEGER NOT NULL REFERENCES profile (id),
    origin TEXT NOT NULL CHECK (origin IN ('live', 'demo')),
    rev INTEGER NOT NULL,
    kind TEXT NOT NULL,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    company TEXT NOT NULL,
    document_kind TEXT,
    document_number TEXT,
    vip INTEGER NOT NULL,
    phone TEXT,                     -- first phone, for the eye
    email TEXT,                     -- first e-mail
    sort_key TEXT NOT NULL,         -- folded name
    search TEXT NOT NULL,           -- folded text of all a search looks at
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    deleted_at_ms INTEGER           -- a tombstone keeps id and rev, no personal data
) STRICT;
ALTER TABLE contact ADD COLUMN custom TEXT NOT NULL DEFAULT '{}';
CREATE INDEX contact_by_name ON contact (profile, sort_key, id) WHERE deleted_at_ms IS NULL;
-- all that a page of a search needs, in a tenth of the bytes of the rows
CREATE INDEX contact_narrow ON contact (row, profile, kind, sort_key, id) WHERE deleted_at_ms IS NULL;
CREATE INDEX contact_by_kind ON contact (profile, kind, sort_key, id) WHERE deleted_at_ms IS NULL;
-- the few rows of the practice line
CREATE INDEX contact_demo ON contact (profile, row) WHERE origin = 'demo' AND deleted_at_ms IS NULL;

CREATE TABLE channel (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    contact INTEGER NOT NULL REFERENCES contact (row) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL,
    raw TEXT NOT NULL,
    number TEXT,                    -- crm::phone::PhoneNumber as JSON
    match_key TEXT,                 -- what equal numbers share
    digits_reversed TEXT            -- so that a suffix is a prefix
) STRICT;
CREATE INDEX channel_by_contact ON channel (contact, position);
CREATE INDEX channel_by_key ON channel (match_key, contact) WHERE match_key IS NOT NULL;
CREATE INDEX channel_by_suffix ON channel (digits_reversed, contact) WHERE digits_reversed IS NOT NULL;

CREATE TABLE address (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    contact INTEGER NOT NULL REFERENCES contact (row) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    street TEXT NOT NULL,
    number TEXT NOT NULL,
    complement TEXT NOT NULL,
    district TEXT NOT NULL,
    city TEXT NOT NULL,
    region TEXT NOT NULL,
    postal_code TEXT NOT NULL,
    country TEXT NOT NULL,
    reference TEXT NOT NULL
) STRICT;
CREATE INDEX address_by_contact ON address (contact, position);

CREATE VIRTUAL TABLE contact_text USING fts5 (
    search, content = '', contentless_delete = 1, tokenize = 'trigram case_sensitive 1'
);

CREATE TABLE disposition (
    id BLOB NOT NULL CHECK (length(id) = 16),
    profile INTEGER NOT NULL REFERENCES profile (id),
    rev INTEGER NOT NULL,
    name TEXT NOT NULL,
    builtin INTEGER NOT NULL,
    needs_no_contact INTEGER NOT NULL,
    do_not_call INTEGER NOT NULL,
    active INTEGER NOT NULL,
    position INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    PRIMARY KEY (profile, id)
) STRICT;

CREATE TABLE call (
    row INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    profile INTEGER NOT NULL REFERENCES profile (id),
    origin TEXT NOT NULL CHECK (origin IN ('live', 'demo')),
    rev INTEGER NOT NULL,
    direction TEXT NOT NULL,
    party_raw TEXT NOT NULL,
    party_number TEXT,              -- crm::phone::PhoneNumber as JSON
    network_name TEXT,
    match_key TEXT,
    country TEXT,
    account BLOB NOT NULL,
    line_label TEXT NOT NULL,
    called_number TEXT,
    call_center TEXT,
    color TEXT,
    own_number TEXT NOT NULL,
    started_at_ms INTEGER NOT NULL,
    answered_at_ms INTEGER,
    ended_at_ms INTEGER,
    talk_ms INTEGER NOT NULL,
    end_cause TEXT,
    end_status INTEGER,
    end_by TEXT,
    missed INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    state TEXT NOT NULL,
    contact BLOB,
    subject TEXT NOT NULL,
    comment TEXT NOT NULL,
    disposition BLOB,
    draft_saved_at_ms INTEGER,
    saved_at_ms INTEGER,
    search_party TEXT NOT NULL,     -- folded
    search_draft TEXT NOT NULL,     -- folded
    updated_at_ms INTEGER NOT NULL
) STRICT;
ALTER TABLE call ADD COLUMN warned_at_ms INTEGER;
ALTER TABLE call ADD COLUMN ticket TEXT;
CREATE TABLE form (
    profile INTEGER NOT NULL REFERENCES profile (id),
    name TEXT NOT NULL,
    text TEXT NOT NULL,
    saved_at_ms INTEGER NOT NULL,
    PRIMARY KEY (profile, name)
) STRICT;
CREATE TABLE chore (name TEXT NOT NULL PRIMARY KEY) STRICT;
CREATE INDEX call_by_time ON call (profile, started_at_ms, id);
CREATE INDEX call_by_state ON call (profile, state, started_at_ms, id);
CREATE INDEX call_missed ON call (profile, started_at_ms, id) WHERE missed = 1;
CREATE INDEX call_unseen ON call (profile) WHERE missed = 1 AND seen = 0;
CREATE INDEX call_by_contact ON call (contact, started_at_ms) WHERE contact IS NOT NULL;
CREATE INDEX call_by_key ON call (match_key, started_at_ms) WHERE match_key IS NOT NULL;
CREATE INDEX call_by_country ON call (profile, country) WHERE country IS NOT NULL;

CREATE TABLE outbox (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),    -- also the idempotency key
    call BLOB NOT NULL CHECK (length(call) = 16),
    profile INTEGER NOT NULL REFERENCES profile (id),
    origin TEXT NOT NULL CHECK (origin IN ('live', 'demo')),
    connector TEXT,
    state TEXT NOT NULL,
    payload TEXT NOT NULL,          -- crm::outbox::Activity as JSON
    attempt INTEGER NOT NULL,
    next_at_ms INTEGER NOT NULL,
    last_error TEXT,
    remote_id TEXT
) STRICT;
CREATE INDEX outbox_by_call ON outbox (call);
CREATE INDEX outbox_due ON outbox (profile, state, connector, next_at_ms);

INSERT INTO profile (id, name) VALUES (1, 'default'), (2, 'other');
INSERT INTO contact (row, id, profile, origin, rev, kind, first_name, last_name, company, document_kind, document_number, vip, phone,
    email, sort_key, search, created_at_ms, updated_at_ms, deleted_at_ms)
VALUES (1, x'00000000000000000000000000000011', 1, 'live', 3, 'contact', 'José', 'Núñez', 'Ferretería', 'DNI', '1-1234-0567', 1, '+506 8555 0117', 'jose@example.com',
        'jose nunez', 'jose nunez
ferreteria
1-1234-0567
112340567
+50685550117
jose@example.com', 1800000000000, 1800000000000, NULL),
    (2, x'00000000000000000000000000000012', 1, 'live', 2, 'lead', '', '', '', NULL, NULL, 0, NULL, NULL, '', '', 1800000000000, 1800000000000, 1800000000001);
UPDATE contact SET custom = '{"level":"Oro"}' WHERE id = x'00000000000000000000000000000011';
INSERT INTO contact_text (rowid, search) SELECT row, search FROM contact WHERE deleted_at_ms IS NULL;
INSERT INTO channel (id, contact, position, kind, raw, number, match_key, digits_reversed)
VALUES (x'00000000000000000000000000000021', 1, 0, 'mobile', '8555 0117', '{"form":"full","e164":"+50685550117","country":"CR","extension":null}', '+50685550117', '71105558605'),
    (x'00000000000000000000000000000022', 1, 1, 'email', 'jose@example.com', NULL, NULL, NULL);
INSERT INTO address (id, contact, position, street, number, complement, district, city, region, postal_code, country, reference)
VALUES (x'00000000000000000000000000000031', 1, 0, 'Calle 3', '14', '', '', 'San José', '', '10101', 'CR', 'frente al parque');
INSERT INTO disposition (id, profile, rev, name, builtin, needs_no_contact, do_not_call, active, position, updated_at_ms)
VALUES (x'00000000000000000000000000000041', 1, 1, 'Pide visita', 0, 0, 0, 1, 0, 0);
INSERT INTO call (id, profile, origin, rev, direction, party_raw, party_number, network_name, match_key, country, account,
    line_label, called_number, call_center, color, own_number, started_at_ms, answered_at_ms, ended_at_ms, talk_ms, end_cause, end_status,
    end_by, missed, seen, state, contact, subject, comment, disposition, draft_saved_at_ms, saved_at_ms, search_party, search_draft,
    updated_at_ms)
VALUES (x'00000000000000000000000000000051', 1, 'live', 2, 'incoming', '8555 0117', '{"form":"full","e164":"+50685550117","country":"CR","extension":null}', NULL, '+50685550117', 'CR', x'00000000000000000000000000000007', 'Soporte', NULL, NULL, NULL, '16',
    1800000000081, 1800000002081, 1800000077081, 75000, 'normal', 200, 'remote', 0, 0, 'unsaved', x'00000000000000000000000000000011', 'Factura', 'Pide la factura',
    NULL, 1800000080000, NULL, '+50685550117', 'factura
pide la factura', 1800000080000);
INSERT INTO call (id, profile, origin, rev, direction, party_raw, party_number, network_name, match_key, country, account,
    line_label, called_number, call_center, color, own_number, started_at_ms, answered_at_ms, ended_at_ms, talk_ms, end_cause, end_status,
    end_by, missed, seen, state, contact, subject, comment, disposition, draft_saved_at_ms, saved_at_ms, search_party, search_draft,
    updated_at_ms)
VALUES (x'00000000000000000000000000000052', 1, 'live', 2, 'incoming', '8555 0117', '{"form":"full","e164":"+50685550117","country":"CR","extension":null}', NULL, '+50685550117', 'CR', x'00000000000000000000000000000007', 'Soporte', NULL, NULL, NULL, '16',
    1800000000082, 1800000002082, 1800000077082, 75000, 'normal', 200, 'remote', 0, 0, 'saved', x'00000000000000000000000000000011', 'Visita', 'Pide la factura',
    x'00000000000000000000000000000041', 1800000080000, 1800000090000, '+50685550117', 'visita
pide la factura', 1800000080000);
UPDATE call SET warned_at_ms = started_at_ms + 86100000 WHERE id = x'00000000000000000000000000000051';
INSERT INTO outbox (id, call, profile, origin, connector, state, payload, attempt, next_at_ms, last_error, remote_id)
VALUES (x'00000000000000000000000000000051', x'00000000000000000000000000000051', 1, 'live', NULL, 'held', '{"record":{"id":"00000000-0000-0000-0000-000000000051","origin":"live","direction":"incoming","party":{"raw":"8555 0117","number":{"form":"full","e164":"+50685550117","country":"CR","extension":null},"network_name":null},"line":{"account":"00000000-0000-0000-0000-000000000007","label":"Soporte","called_number":null,"call_center":null,"color":null},"own_number":"16","started_at_ms":1800000000081,"answered_at_ms":1800000002081,"ended_at_ms":1800000077081,"talk_ms":75000,"end":{"cause":"normal","status":200,"by":"remote"}},"draft":{"contact":"00000000-0000-0000-0000-000000000011","subject":"Factura","comment":"Pide la factura","disposition":null}}', 0, 0, NULL, NULL),
    (x'00000000000000000000000000000052', x'00000000000000000000000000000052', 1, 'live', 'crm', 'inflight', '{"record":{"id":"00000000-0000-0000-0000-000000000052","origin":"live","direction":"incoming","party":{"raw":"8555 0117","number":{"form":"full","e164":"+50685550117","country":"CR","extension":null},"network_name":null},"line":{"account":"00000000-0000-0000-0000-000000000007","label":"Soporte","called_number":null,"call_center":null,"color":null},"own_number":"16","started_at_ms":1800000000082,"answered_at_ms":1800000002082,"ended_at_ms":1800000077082,"talk_ms":75000,"end":{"cause":"normal","status":200,"by":"remote"}},"draft":{"contact":"00000000-0000-0000-0000-000000000011","subject":"Visita","comment":"Pide la factura","disposition":"00000000-0000-0000-0000-000000000041"}}', 1, 1800000090000, NULL, NULL);

CREATE TABLE remote_link (
    profile INTEGER NOT NULL REFERENCES profile (id),
    connector TEXT NOT NULL,
    contact BLOB NOT NULL CHECK (length(contact) = 16),
    kind TEXT NOT NULL,
    remote_id TEXT NOT NULL,
    PRIMARY KEY (profile, connector, contact)
) STRICT;
INSERT INTO remote_link (profile, connector, contact, kind, remote_id)
VALUES (1, 'crm', x'00000000000000000000000000000011', 'contact', '0035e00001');

INSERT INTO form (profile, name, text, saved_at_ms) VALUES (1, 'person', '{"first_name":"Eva"}', 1800000050000);
INSERT INTO chore (name) VALUES ('scrub');

CREATE INDEX remote_link_by_record ON remote_link (profile, connector, kind, remote_id);
-- a connection whose people are copied
CREATE TABLE copy_source (
    row INTEGER PRIMARY KEY,
    profile INTEGER NOT NULL REFERENCES profile (id),
    connector TEXT NOT NULL,
    country TEXT NOT NULL,          -- by which numbers are read
    most INTEGER NOT NULL,          -- people for whom there is room
    cursor TEXT NOT NULL,           -- in words of the source's own
    pass INTEGER NOT NULL,          -- how often all was told anew
    passing INTEGER NOT NULL,       -- all is being told anew
    people INTEGER NOT NULL,
    is_full INTEGER NOT NULL,
    complete_at_ms INTEGER,
    UNIQUE (profile, connector)
) STRICT;
CREATE TABLE copy (
    row INTEGER PRIMARY KEY,
    source INTEGER NOT NULL REFERENCES copy_source (row),
    kind TEXT NOT NULL,
    remote_id TEXT NOT NULL,
    pass INTEGER NOT NULL,          -- the last one that told of it
    name TEXT NOT NULL,
    company TEXT,
    phones TEXT NOT NULL,           -- as stored there, as JSON
    email TEXT,
    sort_key TEXT NOT NULL,         -- folded name
    UNIQUE (source, kind, remote_id)
) STRICT;
CREATE INDEX copy_by_name ON copy (source, sort_key, remote_id);
CREATE INDEX copy_by_pass ON copy (source, pass);
CREATE TABLE copy_number (
    copy INTEGER NOT NULL REFERENCES copy (row) ON DELETE CASCADE,
    match_key TEXT NOT NULL,
    digits_reversed TEXT NOT NULL,  -- so that a suffix is a prefix
    PRIMARY KEY (copy, match_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX copy_number_by_key ON copy_number (match_key, copy);
CREATE INDEX copy_number_by_suffix ON copy_number (digits_reversed, copy);
CREATE VIRTUAL TABLE copy_text USING fts5 (
    search, content = '', contentless_delete = 1, tokenize = 'trigram case_sensitive 1'
);
INSERT INTO copy_source (row, profile, connector, country, most, cursor, pass, passing, people, is_full, complete_at_ms)
VALUES (1, 1, 'crm', 'CR', 200000, 'after:7', 2, 0, 1, 0, 1800000090000);
INSERT INTO copy (row, source, kind, remote_id, pass, name, company, phones, email, sort_key)
VALUES (1, 1, 'contact', '0035e00001', 2, 'José Núñez', 'Ferretería El Yunque', '["8555 0117"]', NULL, 'jose nunez');
INSERT INTO copy_number (copy, match_key, digits_reversed) VALUES (1, '+50685550117', '71105558605');
INSERT INTO copy_text (rowid, search) VALUES (1, 'jose nunez
ferreteria el yunque
8555 0117
50685550117');
UPDATE call SET ticket = '{"connector":"crm","id":"500A","number":"00001026","subject":"Sin servicio"}' WHERE state = 'unsaved';

CREATE TABLE further (
    profile INTEGER NOT NULL REFERENCES profile (id),
    connector TEXT NOT NULL,
    contact BLOB NOT NULL CHECK (length(contact) = 16),
    filled_in TEXT NOT NULL,        -- crm::connector::Further as JSON
    PRIMARY KEY (profile, connector, contact)
) STRICT;
CREATE TABLE record_form (
    profile INTEGER NOT NULL REFERENCES profile (id),
    connector TEXT NOT NULL,
    kind TEXT NOT NULL,
    record_type TEXT NOT NULL,      -- the CRM's id; empty for the user's own
    form TEXT NOT NULL,             -- crm::connector::RecordForm as JSON
    read_at_ms INTEGER NOT NULL,
    PRIMARY KEY (profile, connector, kind, record_type)
) STRICT;
INSERT INTO further VALUES (1, 'crm', X'00000000000000000000000000000011', '{"record_type":"012A","values":[["Rank__c",{"text":"A"}]]}');
-- crm::reconcile::Base as JSON; none for a tie of an older version
ALTER TABLE remote_link ADD COLUMN base TEXT;
-- the contact's rev that the CRM has; 0 if something is still to be sent
ALTER TABLE remote_link ADD COLUMN told_rev INTEGER NOT NULL DEFAULT 0;
-- the record there looks changed
ALTER TABLE remote_link ADD COLUMN stirred INTEGER NOT NULL DEFAULT 0;
-- what stands there of fields that were changed in both places, as JSON
ALTER TABLE remote_link ADD COLUMN clashes TEXT;
-- code of the fault for which the CRM did not take a change
ALTER TABLE remote_link ADD COLUMN refusal TEXT;
UPDATE remote_link SET base = '{"ours":{"last_name":"Núñez"},"theirs":{}}', told_rev = 3, clashes = '{"last_name":"Núñez R."}';

CREATE TABLE call_details (
    call INTEGER PRIMARY KEY REFERENCES call (row) ON DELETE CASCADE,
    text TEXT NOT NULL              -- agent_api::details::CallDetails as JSON
) STRICT;
INSERT INTO call_details SELECT row, '{"steps":[]}' FROM call WHERE state = 'unsaved';

CREATE TABLE recording (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    profile INTEGER NOT NULL REFERENCES profile (id),
    call BLOB NOT NULL CHECK (length(call) = 16), -- the row outlives it until the file is gone
    started_at_ms INTEGER NOT NULL,
    file TEXT NOT NULL,
    sealed INTEGER NOT NULL,
    length_ms INTEGER,              -- none while it runs, or when the program ended in it
    column_ms INTEGER NOT NULL DEFAULT 0,
    peaks BLOB,                     -- a byte for each column, left then right
    condemned INTEGER NOT NULL DEFAULT 0 -- its person was erased
) STRICT;
CREATE INDEX recording_by_call ON recording (call);
INSERT INTO recording (id, profile, call, started_at_ms, file, sealed) SELECT X'00000000000000000000000000000091', profile, id, started_at_ms, '/calls/1.ogg', 0 FROM call WHERE state = 'unsaved';

CREATE TABLE chat (
    row INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    profile INTEGER NOT NULL REFERENCES profile (id),
    carrier TEXT NOT NULL,
    account BLOB NOT NULL CHECK (length(account) = 16),
    address TEXT NOT NULL,
    number TEXT,                    -- crm::phone::PhoneNumber as JSON
    match_key TEXT,                 -- what equal numbers share
    name TEXT,                      -- under which they wrote last
    read_until BLOB,                -- id of the last message that was read
    UNIQUE (profile, carrier, account, address)
) STRICT;
CREATE INDEX chat_by_key ON chat (match_key) WHERE match_key IS NOT NULL;
CREATE TABLE message (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    chat INTEGER NOT NULL REFERENCES chat (row) ON DELETE CASCADE,
    direction TEXT NOT NULL,
    text TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('received', 'sending', 'sent', 'failed', 'unknown')),
    code INTEGER                    -- of the carrier, where it failed
) STRICT, WITHOUT ROWID;
CREATE INDEX message_by_chat ON message (chat, id);
CREATE INDEX message_open ON message (state) WHERE state = 'sending';
INSERT INTO chat VALUES (1, X'00000000000000000000000000000071', 1, 'sip', X'000000000000000000000000000000AA', '231', NULL, NULL, 'Ana', NULL);
INSERT INTO message VALUES (X'00000000000000000000000000000071', 1, 'outgoing', '¿Tiene un minuto?', 1800000000000, 'sending', NULL);

PRAGMA application_id = 1416195426;
PRAGMA user_version = 13;
