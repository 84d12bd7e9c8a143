CREATE TABLE "run_figures" (
	"execution_id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"tool_id" text,
	"code_sha256" text NOT NULL,
	"failed" boolean NOT NULL,
	"limited" boolean NOT NULL,
	"flagged" boolean NOT NULL,
	"wall_ms" double precision NOT NULL,
	"peak_bytes" bigint NOT NULL,
	"output_bytes" bigint NOT NULL,
	"calls" integer NOT NULL,
	"denials" integer NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "anomalies" (
	"id" text PRIMARY KEY NOT NULL,
	"rule" text NOT NULL,
	"subject" text NOT NULL,
	"priority" text NOT NULL,
	"state" text DEFAULT 'open' NOT NULL,
	"count" bigint NOT NULL,
	"score" double precision NOT NULL,
	"sentence" text NOT NULL,
	"evidence" text NOT NULL,
	"execution_id" text NOT NULL,
	"first_seen" timestamp with time zone DEFAULT now() NOT NULL,
	"last_seen" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "api_keys" ADD COLUMN "throttled_until" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "run_figures_user" ON "run_figures" USING btree ("user_id","created_at");--> statement-breakpoint
CREATE INDEX "run_figures_tool" ON "run_figures" USING btree ("tool_id","created_at") WHERE tool_id is not null;--> statement-breakpoint
CREATE INDEX "run_figures_code" ON "run_figures" USING btree ("code_sha256","created_at");--> statement-breakpoint
CREATE INDEX "run_figures_time" ON "run_figures" USING btree ("created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "anomalies_rule" ON "anomalies" USING btree ("rule","subject");--> statement-breakpoint
CREATE INDEX "anomalies_state" ON "anomalies" USING btree ("state","id");
