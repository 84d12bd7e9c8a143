ALTER TABLE "sessions" ADD COLUMN "holder" text;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "held_until" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "machine" text;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "epoch" bigint;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "object" text;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "draft" text;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "draft_bytes" bigint;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "sealed_key" text;--> statement-breakpoint
CREATE INDEX "executions_in_session" ON "executions" USING btree ("session_id") WHERE session_id is not null and status in ('queued', 'running');
