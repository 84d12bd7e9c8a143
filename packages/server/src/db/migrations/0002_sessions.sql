CREATE TABLE "sessions" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"api_key_id" text,
	"name" text,
	"state" text NOT NULL,
	"instance" text NOT NULL,
	"store_id" text NOT NULL,
	"sealed_for" text NOT NULL,
	"permissions" text NOT NULL,
	"limits" text NOT NULL,
	"sequence" integer DEFAULT 0 NOT NULL,
	"bytes" bigint DEFAULT 0 NOT NULL,
	"metadata" text,
	"unsaved" boolean DEFAULT false NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_used_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "executions" ADD COLUMN "session_id" text;--> statement-breakpoint
CREATE INDEX "sessions_user" ON "sessions" USING btree ("user_id","id");--> statement-breakpoint
CREATE INDEX "sessions_unfinished" ON "sessions" USING btree ("store_id") WHERE state <> 'ready';--> statement-breakpoint
CREATE INDEX "executions_session" ON "executions" USING btree ("session_id","id") WHERE session_id is not null;