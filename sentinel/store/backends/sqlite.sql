-- The embedded store. Statements are idempotent: they run at every start.
CREATE TABLE IF NOT EXISTS events (
    arrived INTEGER PRIMARY KEY,   -- the order in which events came, so that rows are only ever appended
    id      TEXT NOT NULL UNIQUE,  -- packet time in hex first: its order is that of time, which is not quite the same
    kind    TEXT NOT NULL,
    doc     TEXT NOT NULL          -- the flat document, JSON
);

CREATE TABLE IF NOT EXISTS arrivals (  -- when rows of events came: the first one of each day
    day   INTEGER PRIMARY KEY,  -- since the epoch, of the clock and not of the packets
    first INTEGER NOT NULL      -- events.arrived
);

CREATE VIRTUAL TABLE IF NOT EXISTS terms USING fts5 (  -- words by the number of a row; see narrowing.py
    words, content = '', detail = none, columnsize = 0, tokenize = "ascii tokenchars '.:_-'"
);

CREATE TABLE IF NOT EXISTS cells (  -- how many events; see counting.py
    cell  INTEGER NOT NULL,  -- packet time, 2^32 ns
    kind  TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (cell, kind)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS indexing (  -- one row while events of an earlier version are indexed; see upgrading.py
    done INTEGER NOT NULL,  -- events.arrived
    last INTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS identifiers (  -- what the pseudonyms in documents stand for
    pseudonym TEXT PRIMARY KEY,
    sealed    BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS frames (  -- what carried the evidence of alerts
    event_id  TEXT NOT NULL,
    number    INTEGER NOT NULL,
    time      INTEGER NOT NULL,
    link_type INTEGER NOT NULL,
    data      BLOB NOT NULL,
    sealed    INTEGER NOT NULL DEFAULT 0,  -- whether data is
    written   INTEGER NOT NULL DEFAULT 0,  -- when it came, ns of the clock
    PRIMARY KEY (event_id, number)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS alerts (
    id       TEXT PRIMARY KEY,
    first    INTEGER NOT NULL,
    last     INTEGER NOT NULL,
    count    INTEGER NOT NULL,
    severity INTEGER NOT NULL,
    rule     TEXT NOT NULL,
    doc      TEXT NOT NULL,  -- the alert whole, JSON
    search   TEXT NOT NULL,  -- its searchable fields, a flat document
    state    TEXT NOT NULL DEFAULT 'new',
    reason   TEXT,
    assignee TEXT NOT NULL DEFAULT '',
    version  INTEGER NOT NULL DEFAULT 0,
    written  INTEGER NOT NULL DEFAULT 0  -- when its last revision came or somebody worked on it, ns of the clock
);
CREATE INDEX IF NOT EXISTS alerts_by_activity ON alerts (last DESC, id DESC);

CREATE TABLE IF NOT EXISTS history (
    number   INTEGER PRIMARY KEY,
    alert_id TEXT NOT NULL,
    time     INTEGER NOT NULL,
    actor    TEXT NOT NULL,
    what     TEXT NOT NULL,
    before   TEXT NOT NULL,
    after    TEXT NOT NULL,
    note     TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS history_by_alert ON history (alert_id, number);

CREATE TABLE IF NOT EXISTS status (name TEXT PRIMARY KEY, doc TEXT NOT NULL);
