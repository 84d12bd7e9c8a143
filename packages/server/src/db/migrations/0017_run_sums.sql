CREATE TABLE "run_sums" (
	"hour" timestamp with time zone NOT NULL,
	"user_id" text NOT NULL,
	"tool_id" text NOT NULL,
	"status" text NOT NULL,
	"runs" integer NOT NULL,
	"cpu_ms" bigint NOT NULL,
	"denials" bigint NOT NULL,
	"durations" integer[] NOT NULL,
	"minutes" integer[] NOT NULL,
	CONSTRAINT "run_sums_user_id_hour_tool_id_status_pk" PRIMARY KEY("user_id","hour","tool_id","status")
);
--> statement-breakpoint
CREATE INDEX "run_sums_hour" ON "run_sums" USING btree ("hour","tool_id","user_id","cpu_ms","runs");
