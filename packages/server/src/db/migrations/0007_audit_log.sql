-- What was recorded before there was a log is taken over by the start that follows, entry by entry.
ALTER TABLE "audit_entries" RENAME TO "audit_imports";--> statement-breakpoint
ALTER INDEX "audit_entries_pkey" RENAME TO "audit_imports_pkey";--> statement-breakpoint
DROP INDEX "audit_actor";--> statement-breakpoint
DROP INDEX "audit_actor_action";--> statement-breakpoint
DROP INDEX "audit_resource";--> statement-breakpoint
DROP INDEX "audit_action";--> statement-breakpoint
DROP INDEX "audit_time";--> statement-breakpoint
DROP INDEX "audit_open";--> statement-breakpoint
CREATE TABLE "audit_inbox" (
	"n" bigserial PRIMARY KEY NOT NULL,
	"deed_id" text NOT NULL,
	"phase" text NOT NULL,
	"time" timestamp with time zone NOT NULL,
	"actor_id" text,
	"action" text NOT NULL,
	"resource_id" text,
	"outcome" text,
	"execution_id" text,
	"leaf" "bytea" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "audit_entries" (
	"index" bigint PRIMARY KEY NOT NULL,
	"deed_id" text NOT NULL,
	"phase" text NOT NULL,
	"time" timestamp with time zone NOT NULL,
	"actor_id" text,
	"action" text NOT NULL,
	"resource_id" text,
	"outcome" text,
	"execution_id" text,
	"leaf" "bytea" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "audit_open" (
	"instance" text NOT NULL,
	"deed_id" text NOT NULL,
	"phase" text NOT NULL,
	"time" timestamp with time zone NOT NULL,
	"actor_id" text,
	"action" text NOT NULL,
	"resource_id" text,
	"outcome" text,
	"execution_id" text,
	"leaf" "bytea" NOT NULL,
	CONSTRAINT "audit_open_deed_id_pk" PRIMARY KEY("deed_id")
);
--> statement-breakpoint
CREATE TABLE "audit_tiles" (
	"level" integer NOT NULL,
	"index" bigint NOT NULL,
	"hashes" "bytea" NOT NULL,
	CONSTRAINT "audit_tiles_level_index_pk" PRIMARY KEY("level","index")
);
--> statement-breakpoint
CREATE TABLE "audit_head" (
	"id" integer PRIMARY KEY NOT NULL,
	"size" bigint NOT NULL,
	"checkpoint" text,
	"minimum_index" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "audit_keys" (
	"verifier" text PRIMARY KEY NOT NULL,
	"size" bigint NOT NULL,
	"checkpoint" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE INDEX "audit_deed" ON "audit_entries" USING btree ("deed_id") WHERE phase <> 'begin';--> statement-breakpoint
CREATE INDEX "audit_actor" ON "audit_entries" USING btree ("actor_id","deed_id") WHERE phase <> 'begin';--> statement-breakpoint
CREATE INDEX "audit_actor_action" ON "audit_entries" USING btree ("actor_id","action","deed_id") WHERE phase <> 'begin';--> statement-breakpoint
CREATE INDEX "audit_resource" ON "audit_entries" USING btree ("resource_id","deed_id") WHERE phase <> 'begin';--> statement-breakpoint
CREATE INDEX "audit_action" ON "audit_entries" USING btree ("action","deed_id") WHERE phase <> 'begin';--> statement-breakpoint
CREATE INDEX "audit_outcome" ON "audit_entries" USING btree ("outcome","deed_id") WHERE outcome <> 'success';--> statement-breakpoint
CREATE INDEX "audit_execution" ON "audit_entries" USING btree ("execution_id") WHERE execution_id is not null;--> statement-breakpoint
CREATE INDEX "audit_open_instance" ON "audit_open" USING btree ("instance");--> statement-breakpoint
-- Hashes and entries with a salt do not get smaller; trying takes time.
ALTER TABLE "audit_tiles" ALTER COLUMN "hashes" SET STORAGE EXTERNAL;--> statement-breakpoint
INSERT INTO "audit_head" ("id", "size", "checkpoint", "minimum_index") VALUES (1, 0, NULL, 0);
