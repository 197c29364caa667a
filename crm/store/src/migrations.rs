//! The schema, as an append-only list of steps. A step that was released is never changed.
//!
//! Moments are UTC milliseconds, ids UUIDs of 16 bytes, enums the names that `crm` gives them.

/// The version that the last step leads to.
pub const LATEST: u32 = STEPS.len() as u32;

/// Step `n` leads from version `n` to `n + 1`.
pub(crate) const STEPS: &[&str] =
    &[STEP_1, STEP_2, STEP_3, STEP_4, STEP_5, STEP_6, STEP_7, STEP_8, STEP_9, STEP_10, STEP_11, STEP_12, STEP_13];

const STEP_1: &str = "
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
CREATE INDEX contact_by_name ON contact (profile, sort_key, id) WHERE deleted_at_ms IS NULL;
-- all that a page of a search needs, in a tenth of the bytes of the rows
CREATE INDEX contact_narrow ON contact (row, profile, kind, sort_key, id) WHERE deleted_at_ms IS NULL;
CREATE INDEX contact_by_kind ON contact (profile, kind, sort_key, id) WHERE deleted_at_ms IS NULL;

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
";

const STEP_2: &str = "
-- the few rows of the practice line
CREATE INDEX contact_demo ON contact (profile, row) WHERE origin = 'demo' AND deleted_at_ms IS NULL;
";

/// Which records of connected CRMs people are.
const STEP_3: &str = "
CREATE TABLE remote_link (
    profile INTEGER NOT NULL REFERENCES profile (id),
    connector TEXT NOT NULL,
    contact BLOB NOT NULL CHECK (length(contact) = 16),
    kind TEXT NOT NULL,
    remote_id TEXT NOT NULL,
    PRIMARY KEY (profile, connector, contact)
) STRICT;
";

/// The company's own fields of people.
const STEP_4: &str = "
-- values by key, as JSON
ALTER TABLE contact ADD COLUMN custom TEXT NOT NULL DEFAULT '{}';
";

/// What an agent was told of a card is not told again.
const STEP_5: &str = "
-- when it was last warned that the card expires
ALTER TABLE call ADD COLUMN warned_at_ms INTEGER;
";

/// Forms that are not finished, and work that must be done although the program may end before.
const STEP_6: &str = "
CREATE TABLE form (
    profile INTEGER NOT NULL REFERENCES profile (id),
    name TEXT NOT NULL,
    text TEXT NOT NULL,
    saved_at_ms INTEGER NOT NULL,
    PRIMARY KEY (profile, name)
) STRICT;
CREATE TABLE chore (name TEXT NOT NULL PRIMARY KEY) STRICT;
";

/// People of connected CRMs, copied.
const STEP_7: &str = "
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
";

/// What a call was about there.
const STEP_8: &str = "
-- crm::draft::DraftTicket as JSON
ALTER TABLE call ADD COLUMN ticket TEXT;
";

/// What CRMs require of people who are to be created there.
const STEP_9: &str = "
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
";

/// What people who are both here and in a CRM had when both were last looked at.
const STEP_10: &str = "
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
";

/// How calls went technically.
const STEP_11: &str = "
CREATE TABLE call_details (
    call INTEGER PRIMARY KEY REFERENCES call (row) ON DELETE CASCADE,
    text TEXT NOT NULL              -- agent_api::details::CallDetails as JSON
) STRICT;
";

/// Recordings of calls.
const STEP_12: &str = "
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
";

/// What is written with people.
const STEP_13: &str = "
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
";
