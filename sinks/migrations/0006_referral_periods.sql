-- The episodes of a referral period: found without reading all of them, when the period is withdrawn.

-- up

ALTER TABLE log_accepted_episode
    ADD INDEX IF NOT EXISTS henvisningsperiodeID henvisningsperiodeID TYPE bloom_filter(0.01) GRANULARITY 1;

-- what was stored before; new blocks have it
ALTER TABLE log_accepted_episode MATERIALIZE INDEX henvisningsperiodeID;

-- down

ALTER TABLE log_accepted_episode DROP INDEX IF EXISTS henvisningsperiodeID;
