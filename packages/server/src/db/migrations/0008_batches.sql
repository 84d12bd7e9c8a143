CREATE TABLE "batch_programs" (
	"batch_id" text NOT NULL,
	"index" integer NOT NULL,
	"program" text NOT NULL,
	"status" text,
	"result" text,
	"failure" text,
	CONSTRAINT "batch_programs_batch_id_index_pk" PRIMARY KEY("batch_id","index")
);
--> statement-breakpoint
CREATE TABLE "batches" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"api_key_id" text,
	"instance" text NOT NULL,
	"status" text NOT NULL,
	"options" text NOT NULL,
	"problem" text,
	"programs" integer NOT NULL,
	"done" integer DEFAULT 0 NOT NULL,
	"succeeded" integer DEFAULT 0 NOT NULL,
	"cpu_ms" double precision DEFAULT 0 NOT NULL,
	"record_bytes" bigint DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp with time zone
);
--> statement-breakpoint
CREATE INDEX "batches_user" ON "batches" USING btree ("user_id","id");--> statement-breakpoint
CREATE INDEX "batches_key" ON "batches" USING btree ("api_key_id") WHERE api_key_id is not null;--> statement-breakpoint
CREATE INDEX "batches_running" ON "batches" USING btree ("instance") WHERE status = 'running';--> statement-breakpoint
CREATE INDEX "batches_finished" ON "batches" USING btree ("finished_at");
