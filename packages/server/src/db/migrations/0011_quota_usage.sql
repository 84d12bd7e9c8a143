CREATE TABLE "quota_places" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"api_key_id" text,
	"instance" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
-- Each update of a row finds room on its page, and no index has what changes.
CREATE TABLE "quota_usage" (
	"holder" text PRIMARY KEY NOT NULL,
	"running" integer DEFAULT 0 NOT NULL,
	"agent_runs" integer DEFAULT 0 NOT NULL,
	"paid_until" timestamp with time zone DEFAULT now() NOT NULL,
	"day" date DEFAULT '2000-01-01' NOT NULL,
	"cpu_ms" double precision DEFAULT 0 NOT NULL,
	"stored_bytes" bigint DEFAULT 0 NOT NULL
) WITH (fillfactor = 50);
--> statement-breakpoint
DROP INDEX "executions_files";--> statement-breakpoint
ALTER TABLE "batches" ADD COLUMN "places" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
UPDATE "batches" SET "places" = ("options"::json ->> 'concurrency')::integer;--> statement-breakpoint
CREATE INDEX "quota_places_instance" ON "quota_places" USING btree ("instance");--> statement-breakpoint
CREATE INDEX "executions_files" ON "executions" USING btree ("user_id","finished_at") WHERE file_bytes > 0;--> statement-breakpoint
-- What was counted in the memory of a service until now.
INSERT INTO "quota_usage" ("holder", "running", "agent_runs", "day", "cpu_ms", "stored_bytes")
SELECT holder, sum(running), sum(agent_runs), (now() AT TIME ZONE 'UTC')::date, sum(cpu_ms), sum(bytes)
FROM (
	SELECT 'user ' || user_id AS holder, (finished_at IS NULL)::integer AS running, 0 AS agent_runs,
		CASE WHEN finished_at >= date_trunc('day', now(), 'UTC') THEN cpu_ms ELSE 0 END AS cpu_ms, file_bytes + record_bytes AS bytes
	FROM executions
	UNION ALL SELECT 'user ' || user_id, 0, (finished_at IS NULL)::integer, 0, record_bytes FROM agent_runs
	UNION ALL SELECT 'user ' || user_id, CASE WHEN finished_at IS NULL THEN places ELSE 0 END, 0,
		CASE WHEN finished_at IS NULL OR finished_at >= date_trunc('day', now(), 'UTC') THEN cpu_ms ELSE 0 END, record_bytes
	FROM batches
	UNION ALL SELECT 'user ' || user_id, 0, 0, 0, bytes FROM sessions
	UNION ALL SELECT 'user ' || owner_id, 0, 0, 0, record_bytes FROM tool_versions JOIN tools ON tools.id = tool_id
	UNION ALL SELECT 'api-key ' || id, 0, 0, 0, 0 FROM api_keys WHERE quotas IS NOT NULL
	UNION ALL SELECT 'api-key ' || api_key_id, (finished_at IS NULL)::integer, 0,
		CASE WHEN finished_at >= date_trunc('day', now(), 'UTC') THEN cpu_ms ELSE 0 END, file_bytes + record_bytes
	FROM executions JOIN api_keys ON api_keys.id = api_key_id WHERE quotas IS NOT NULL
	UNION ALL SELECT 'api-key ' || api_key_id, 0, (finished_at IS NULL)::integer, 0, record_bytes
	FROM agent_runs JOIN api_keys ON api_keys.id = api_key_id WHERE quotas IS NOT NULL
	UNION ALL SELECT 'api-key ' || api_key_id, CASE WHEN finished_at IS NULL THEN places ELSE 0 END, 0,
		CASE WHEN finished_at IS NULL OR finished_at >= date_trunc('day', now(), 'UTC') THEN cpu_ms ELSE 0 END, record_bytes
	FROM batches JOIN api_keys ON api_keys.id = api_key_id WHERE quotas IS NOT NULL
	UNION ALL SELECT 'api-key ' || api_key_id, 0, 0, 0, bytes
	FROM sessions JOIN api_keys ON api_keys.id = api_key_id WHERE quotas IS NOT NULL
) AS each GROUP BY holder;
--> statement-breakpoint
-- Counts for a user, then for the key where that has quotas of its own: in the order in which every admission locks them.
CREATE FUNCTION quota_count(of_user text, of_key text, more_running integer, more_agent_runs integer, more_cpu_ms double precision, more_bytes bigint)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	today date := (clock_timestamp() AT TIME ZONE 'UTC')::date;
BEGIN
	UPDATE quota_usage SET running = running + more_running, agent_runs = agent_runs + more_agent_runs,
		cpu_ms = CASE WHEN day = today THEN cpu_ms ELSE 0 END + more_cpu_ms, day = today, stored_bytes = stored_bytes + more_bytes
	WHERE holder = 'user ' || of_user;
	IF NOT FOUND THEN
		INSERT INTO quota_usage AS q (holder, running, agent_runs, day, cpu_ms, stored_bytes)
		VALUES ('user ' || of_user, more_running, more_agent_runs, today, more_cpu_ms, more_bytes)
		ON CONFLICT (holder) DO UPDATE SET running = q.running + more_running, agent_runs = q.agent_runs + more_agent_runs,
			cpu_ms = CASE WHEN q.day = today THEN q.cpu_ms ELSE 0 END + more_cpu_ms, day = today, stored_bytes = q.stored_bytes + more_bytes;
	END IF;
	IF of_key IS NOT NULL THEN
		UPDATE quota_usage SET running = running + more_running, agent_runs = agent_runs + more_agent_runs,
			cpu_ms = CASE WHEN day = today THEN cpu_ms ELSE 0 END + more_cpu_ms, day = today, stored_bytes = stored_bytes + more_bytes
		WHERE holder = 'api-key ' || of_key;
	END IF;
END $$;
--> statement-breakpoint
-- An execution has its place until it has ended, however that is recorded. What begins is counted by its admission.
CREATE FUNCTION quota_count_execution() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM quota_count(NEW.user_id, NEW.api_key_id, (NEW.finished_at IS NULL)::integer - (OLD.finished_at IS NULL)::integer, 0,
		NEW.cpu_ms - OLD.cpu_ms, NEW.file_bytes + NEW.record_bytes - OLD.file_bytes - OLD.record_bytes);
	RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER quota_changed AFTER UPDATE ON executions FOR EACH ROW WHEN (
	(OLD.finished_at IS NULL) <> (NEW.finished_at IS NULL) OR OLD.cpu_ms <> NEW.cpu_ms
	OR OLD.file_bytes + OLD.record_bytes <> NEW.file_bytes + NEW.record_bytes
) EXECUTE FUNCTION quota_count_execution();
--> statement-breakpoint
-- Of many at once a holder counts once, and one after the other in the same order: no two wait for each other. CPU time stays used up.
CREATE FUNCTION quota_count_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM quota_count(user_id, api_key_id, -running, 0, 0, -bytes) FROM (
		SELECT user_id, api_key_id, count(*) FILTER (WHERE finished_at IS NULL)::integer AS running,
			sum(file_bytes + record_bytes)::bigint AS bytes
		FROM gone GROUP BY user_id, api_key_id ORDER BY user_id, api_key_id
	) AS each;
	RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER quota_deleted AFTER DELETE ON executions REFERENCING OLD TABLE AS gone
FOR EACH STATEMENT EXECUTE FUNCTION quota_count_deleted();
--> statement-breakpoint
CREATE FUNCTION quota_free_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM quota_count(user_id, api_key_id, -places, 0, 0, 0) FROM (
		SELECT user_id, api_key_id, count(*)::integer AS places
		FROM gone GROUP BY user_id, api_key_id ORDER BY user_id, api_key_id
	) AS each;
	RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER quota_deleted AFTER DELETE ON quota_places REFERENCING OLD TABLE AS gone
FOR EACH STATEMENT EXECUTE FUNCTION quota_free_place();
--> statement-breakpoint
CREATE FUNCTION quota_count_agent_run() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM quota_count(NEW.user_id, NEW.api_key_id, 0, (NEW.finished_at IS NULL)::integer - (OLD.finished_at IS NULL)::integer, 0,
		NEW.record_bytes - OLD.record_bytes);
	RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER quota_changed AFTER UPDATE ON agent_runs FOR EACH ROW WHEN (
	(OLD.finished_at IS NULL) <> (NEW.finished_at IS NULL) OR OLD.record_bytes <> NEW.record_bytes
) EXECUTE FUNCTION quota_count_agent_run();
--> statement-breakpoint
CREATE FUNCTION quota_count_deleted_agent_runs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM quota_count(user_id, api_key_id, 0, -runs, 0, -bytes) FROM (
		SELECT user_id, api_key_id, count(*) FILTER (WHERE finished_at IS NULL)::integer AS runs, sum(record_bytes)::bigint AS bytes
		FROM gone GROUP BY user_id, api_key_id ORDER BY user_id, api_key_id
	) AS each;
	RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER quota_deleted AFTER DELETE ON agent_runs REFERENCING OLD TABLE AS gone
FOR EACH STATEMENT EXECUTE FUNCTION quota_count_deleted_agent_runs();
--> statement-breakpoint
CREATE FUNCTION quota_count_batch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM quota_count(NEW.user_id, NEW.api_key_id,
		NEW.places * ((NEW.finished_at IS NULL)::integer - (OLD.finished_at IS NULL)::integer), 0,
		NEW.cpu_ms - OLD.cpu_ms, NEW.record_bytes - OLD.record_bytes);
	RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER quota_changed AFTER UPDATE ON batches FOR EACH ROW WHEN (
	(OLD.finished_at IS NULL) <> (NEW.finished_at IS NULL) OR OLD.cpu_ms <> NEW.cpu_ms OR OLD.record_bytes <> NEW.record_bytes
) EXECUTE FUNCTION quota_count_batch();
--> statement-breakpoint
CREATE FUNCTION quota_count_deleted_batches() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM quota_count(user_id, api_key_id, -running, 0, 0, -bytes) FROM (
		SELECT user_id, api_key_id, coalesce(sum(places) FILTER (WHERE finished_at IS NULL), 0)::integer AS running,
			sum(record_bytes)::bigint AS bytes
		FROM gone GROUP BY user_id, api_key_id ORDER BY user_id, api_key_id
	) AS each;
	RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER quota_deleted AFTER DELETE ON batches REFERENCING OLD TABLE AS gone
FOR EACH STATEMENT EXECUTE FUNCTION quota_count_deleted_batches();
--> statement-breakpoint
CREATE FUNCTION quota_count_session() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'DELETE' THEN
		PERFORM quota_count(OLD.user_id, OLD.api_key_id, 0, 0, 0, -OLD.bytes);
	ELSE
		PERFORM quota_count(NEW.user_id, NEW.api_key_id, 0, 0, 0, NEW.bytes - OLD.bytes);
	END IF;
	RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER quota_changed AFTER UPDATE ON sessions FOR EACH ROW WHEN (OLD.bytes <> NEW.bytes)
EXECUTE FUNCTION quota_count_session();
--> statement-breakpoint
CREATE TRIGGER quota_deleted AFTER DELETE ON sessions FOR EACH ROW WHEN (OLD.bytes > 0)
EXECUTE FUNCTION quota_count_session();
--> statement-breakpoint
-- Versions go before their tool, which says whose they are.
CREATE FUNCTION quota_count_tool_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'DELETE' THEN
		PERFORM quota_count(owner_id, NULL, 0, 0, 0, -OLD.record_bytes) FROM tools WHERE id = OLD.tool_id;
	ELSE
		PERFORM quota_count(owner_id, NULL, 0, 0, 0, NEW.record_bytes) FROM tools WHERE id = NEW.tool_id;
	END IF;
	RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER quota_changed AFTER INSERT OR DELETE ON tool_versions FOR EACH ROW EXECUTE FUNCTION quota_count_tool_version();
--> statement-breakpoint
CREATE FUNCTION quota_hold_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'DELETE' THEN
		DELETE FROM quota_usage WHERE holder = 'api-key ' || OLD.id;
	ELSIF NEW.quotas IS NOT NULL THEN
		INSERT INTO quota_usage (holder) VALUES ('api-key ' || NEW.id);
	END IF;
	RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER quota_changed AFTER INSERT OR DELETE ON api_keys FOR EACH ROW EXECUTE FUNCTION quota_hold_key();
