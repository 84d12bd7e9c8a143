CREATE TABLE "secrets" (
	"id" text PRIMARY KEY NOT NULL,
	"tool_id" text,
	"session_id" text,
	"name" text NOT NULL,
	"sealed" text NOT NULL,
	"hosts" text NOT NULL,
	"places" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "secrets_owner" CHECK (("secrets"."tool_id" is null) <> ("secrets"."session_id" is null))
);
--> statement-breakpoint
ALTER TABLE "tools" ADD COLUMN "redaction" text;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "redaction" text;--> statement-breakpoint
ALTER TABLE "secrets" ADD CONSTRAINT "secrets_tool_id_tools_id_fk" FOREIGN KEY ("tool_id") REFERENCES "public"."tools"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "secrets" ADD CONSTRAINT "secrets_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "secrets_tool" ON "secrets" USING btree ("tool_id","name");--> statement-breakpoint
CREATE UNIQUE INDEX "secrets_session" ON "secrets" USING btree ("session_id","name");
