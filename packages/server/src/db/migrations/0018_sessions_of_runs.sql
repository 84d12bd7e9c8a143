ALTER TABLE "sessions" ADD COLUMN "agent_run_id" text;
