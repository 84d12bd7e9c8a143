-- What was recorded before it was counted counts now.
UPDATE "executions" SET "record_bytes" = octet_length("code") + octet_length("options") + coalesce(octet_length("result"), 0) WHERE "record_bytes" = 0 AND "status" <> 'running';--> statement-breakpoint
UPDATE "tool_versions" SET "record_bytes" = octet_length("content") + coalesce(octet_length("auth"), 0) WHERE "record_bytes" = 0;--> statement-breakpoint
-- Tools from before they were deleted for good.
DELETE FROM "tool_versions" USING "tools" WHERE "tools"."id" = "tool_versions"."tool_id" AND "tools"."deleted_at" IS NOT NULL;--> statement-breakpoint
DELETE FROM "tools" WHERE "deleted_at" IS NOT NULL;--> statement-breakpoint
DROP INDEX "tools_name";--> statement-breakpoint
CREATE INDEX "sessions_key" ON "sessions" USING btree ("api_key_id") WHERE api_key_id is not null;--> statement-breakpoint
CREATE INDEX "accounts_provider" ON "accounts" USING btree ("provider_id","account_id");--> statement-breakpoint
CREATE UNIQUE INDEX "tools_name" ON "tools" USING btree ("owner_id","name");--> statement-breakpoint
ALTER TABLE "tools" DROP COLUMN "deleted_at";