-- What JdbcLeaseStore needs, for any database that has sequences. Run it once; members need no rights beyond
-- SELECT, INSERT and UPDATE on the table and USAGE on the sequence.

-- The fencing tokens of all locks. It is no column of the table: a row that is deleted takes its columns with it, and
-- tokens must rise all the same. CACHE 1: a session that takes numbers in advance would write lower ones later.
CREATE SEQUENCE lease_revision CACHE 1;

CREATE TABLE lease (
    lock_name          VARCHAR(2000) NOT NULL PRIMARY KEY, -- compared to the letter: on MySQL or SQL Server give it a binary collation
    object_id          VARCHAR(36)   NOT NULL, -- tells a row from one that was created after its deletion
    revision           BIGINT        NOT NULL, -- whoever edits a row by hand sets it to nextval('lease_revision')
    holder             VARCHAR(1000),          -- empty: given up
    signature          VARCHAR(1000),
    duration_ms        BIGINT,
    acquired_at_micros BIGINT,                 -- wall-clock times are for people: nobody compares them with a clock
    renewed_at_micros  BIGINT,
    term               BIGINT
);

-- What the example works on: fence is the highest fencing token that has written to the row.
CREATE TABLE account (
    id      BIGINT NOT NULL PRIMARY KEY,
    balance BIGINT NOT NULL,
    fence   BIGINT NOT NULL
);
INSERT INTO account (id, balance, fence) VALUES (1, 0, 0);
