CREATE TABLE "agent_runs" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"api_key_id" text,
	"session_id" text,
	"instance" text NOT NULL,
	"status" text NOT NULL,
	"task" text NOT NULL,
	"options" text NOT NULL,
	"result" text,
	"problem" text,
	"steps" integer DEFAULT 0 NOT NULL,
	"record_bytes" bigint DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "agent_steps" (
	"run_id" text NOT NULL,
	"step" integer NOT NULL,
	"content" text NOT NULL,
	CONSTRAINT "agent_steps_run_id_step_pk" PRIMARY KEY("run_id","step")
);
--> statement-breakpoint
CREATE TABLE "models" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"description" text NOT NULL,
	"base_url" text NOT NULL,
	"model" text NOT NULL,
	"api_key" text,
	"parameters" text NOT NULL,
	"takes_images" boolean NOT NULL,
	"limits" text NOT NULL,
	"users" text,
	"enabled" boolean NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "models_name_unique" UNIQUE("name")
);
--> statement-breakpoint
CREATE INDEX "agent_runs_user" ON "agent_runs" USING btree ("user_id","id");--> statement-breakpoint
CREATE INDEX "agent_runs_key" ON "agent_runs" USING btree ("api_key_id") WHERE api_key_id is not null;--> statement-breakpoint
CREATE INDEX "agent_runs_running" ON "agent_runs" USING btree ("instance") WHERE status = 'running';--> statement-breakpoint
CREATE INDEX "agent_runs_status" ON "agent_runs" USING btree ("status","id");--> statement-breakpoint
CREATE INDEX "agent_runs_user_status" ON "agent_runs" USING btree ("user_id","status","id");--> statement-breakpoint
CREATE INDEX "agent_runs_finished" ON "agent_runs" USING btree ("finished_at");