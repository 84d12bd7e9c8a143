ALTER TABLE "sessions" ADD COLUMN "live_machine" text;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "live_key" text;--> statement-breakpoint
CREATE INDEX "sessions_live" ON "sessions" USING btree ("live_machine") WHERE live_machine is not null;
