"""The schema as a list of migrations; one that was released is never changed, new ones are appended."""

FIRST = """
CREATE TABLE users (
    name TEXT PRIMARY KEY,
    password TEXT NOT NULL DEFAULT '',
    is_admin INTEGER NOT NULL DEFAULT 0,
    settings TEXT NOT NULL DEFAULT '{}',
    created REAL NOT NULL
);
CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    hash TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    label TEXT NOT NULL DEFAULT '',
    created REAL NOT NULL,
    expires REAL
);
CREATE TABLE problems (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    title TEXT NOT NULL DEFAULT '',
    thread TEXT NOT NULL DEFAULT '',
    created REAL NOT NULL,
    changed REAL NOT NULL
);
CREATE INDEX problems_of ON problems (owner, changed);
CREATE INDEX problems_thread ON problems (owner, thread) WHERE thread != '';
CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    problem TEXT NOT NULL REFERENCES problems (id) ON DELETE CASCADE,
    owner TEXT NOT NULL,
    role TEXT NOT NULL,
    text TEXT NOT NULL,
    run TEXT,
    created REAL NOT NULL
);
CREATE INDEX messages_of ON messages (problem, id);
CREATE TABLE formulations (
    problem TEXT NOT NULL REFERENCES problems (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    owner TEXT NOT NULL,
    parent INTEGER,
    author TEXT NOT NULL,
    note TEXT NOT NULL DEFAULT '',
    run TEXT,
    text TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    checks TEXT NOT NULL,
    approved REAL,
    created REAL NOT NULL,
    PRIMARY KEY (problem, version)
);
CREATE TRIGGER formulations_stay BEFORE UPDATE OF problem, version, text, sha256, parent, author ON formulations
BEGIN SELECT RAISE(ABORT, 'a version never changes'); END;
CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    problem TEXT NOT NULL REFERENCES problems (id) ON DELETE CASCADE,
    owner TEXT NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    formulation INTEGER,
    asked TEXT NOT NULL,
    found TEXT,
    error TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    created REAL NOT NULL,
    started REAL,
    ended REAL,
    place INTEGER NOT NULL
);
CREATE INDEX runs_of ON runs (problem, place);
CREATE INDEX runs_waiting ON runs (status, place);
CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    problem TEXT NOT NULL REFERENCES problems (id) ON DELETE CASCADE,
    owner TEXT NOT NULL,
    run TEXT,
    ts REAL NOT NULL,
    kind TEXT NOT NULL,
    data TEXT NOT NULL
);
CREATE INDEX events_of ON events (problem, seq);
CREATE INDEX events_for ON events (owner, seq);
CREATE TRIGGER events_stay BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events are only appended'); END;
CREATE TABLE files (
    id TEXT PRIMARY KEY,
    problem TEXT NOT NULL REFERENCES problems (id) ON DELETE CASCADE,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    content BLOB NOT NULL,
    created REAL NOT NULL
);
CREATE INDEX files_of ON files (problem, created);
CREATE TABLE repeats (
    owner TEXT NOT NULL,
    key TEXT NOT NULL,
    run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    created REAL NOT NULL,
    PRIMARY KEY (owner, key)
);
"""

SHARES = """
CREATE TABLE shares (
    id TEXT PRIMARY KEY,
    problem TEXT NOT NULL REFERENCES problems (id) ON DELETE CASCADE,
    owner TEXT NOT NULL,
    version INTEGER NOT NULL,
    run TEXT,
    hash TEXT NOT NULL UNIQUE,
    label TEXT NOT NULL DEFAULT '',
    created DOUBLE PRECISION NOT NULL,
    expires DOUBLE PRECISION NOT NULL,
    revoked DOUBLE PRECISION,
    seen INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX shares_of ON shares (problem, created);
CREATE TABLE audit (
    id TEXT PRIMARY KEY,
    ts DOUBLE PRECISION NOT NULL,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    about TEXT NOT NULL,
    address TEXT NOT NULL
);
CREATE INDEX audit_at ON audit (ts);
CREATE INDEX audit_by ON audit (who, ts);
"""

LEASES = """
CREATE TABLE workers (
    id TEXT PRIMARY KEY,
    seen DOUBLE PRECISION NOT NULL,
    busy TEXT NOT NULL DEFAULT '{}'
);
ALTER TABLE runs ADD COLUMN worker TEXT;
ALTER TABLE runs ADD COLUMN fence INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN falls INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN stopping INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN told INTEGER;
CREATE INDEX runs_busy ON runs (owner, status);
CREATE TABLE kept (
    run TEXT PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE,
    state BLOB NOT NULL,
    since BLOB NOT NULL
);
"""

GRADES = "ALTER TABLE runs ADD COLUMN grade TEXT;"

MIGRATIONS: tuple[str, ...] = (FIRST, SHARES, LEASES, GRADES)
"""In order; the file's `user_version` counts those that were made."""
