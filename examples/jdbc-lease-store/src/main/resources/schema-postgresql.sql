-- PostgreSQL tells every member that listens what has become of a lease, whoever changed it, hands included: members
-- then follow each other without asking, and a lease that was given up is taken at once.
CREATE FUNCTION lease_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    payload text := CASE WHEN TG_OP = 'DELETE' THEN json_build_object('lock_name', OLD.lock_name)
                         ELSE row_to_json(NEW) END;
BEGIN
    IF TG_OP = 'INSERT' AND NEW.revision = 0 THEN
        RETURN NULL; -- no lease yet: the UPDATE that makes it one follows in the same transaction
    END IF;
    IF octet_length(payload) > 7900 THEN -- 8000 would be an error, and the write of the lease with it
        payload := json_build_object('lock_name', NEW.lock_name);
    END IF;
    PERFORM pg_notify('lease_changed', payload);
    RETURN NULL;
END $$;

CREATE TRIGGER lease_changed AFTER INSERT OR UPDATE OR DELETE ON lease FOR EACH ROW EXECUTE FUNCTION lease_changed();
