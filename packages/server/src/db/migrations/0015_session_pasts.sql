CREATE TABLE "session_pasts" (
	"session_id" text NOT NULL,
	"object" text NOT NULL,
	"sequence" integer NOT NULL,
	"bytes" bigint NOT NULL,
	"metadata" text NOT NULL,
	CONSTRAINT "session_pasts_session_id_object_pk" PRIMARY KEY("session_id","object")
);
--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "draft_steps" integer;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "steps_back" integer DEFAULT 0 NOT NULL;
