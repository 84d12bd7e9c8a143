CREATE INDEX "executions_tool" ON "executions" USING btree ("tool_id","id") WHERE tool_id is not null;--> statement-breakpoint
CREATE INDEX "executions_status" ON "executions" USING btree ("status","id");--> statement-breakpoint
CREATE INDEX "executions_user_status" ON "executions" USING btree ("user_id","status","id");--> statement-breakpoint
CREATE INDEX "executions_key_time" ON "executions" USING btree ("api_key_id","created_at") WHERE api_key_id is not null;--> statement-breakpoint
CREATE INDEX "executions_old_files" ON "executions" USING btree ("instance","finished_at") WHERE file_bytes > 0;--> statement-breakpoint
CREATE INDEX "executions_finished" ON "executions" USING btree ("finished_at");--> statement-breakpoint
CREATE INDEX "audit_actor_action" ON "audit_entries" USING btree ("actor_id","action","id");--> statement-breakpoint
CREATE INDEX "audit_resource" ON "audit_entries" USING btree ("resource_id","id");--> statement-breakpoint
CREATE INDEX "audit_action" ON "audit_entries" USING btree ("action","id");--> statement-breakpoint
CREATE INDEX "audit_time" ON "audit_entries" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "idempotency_keys_execution" ON "idempotency_keys" USING btree ("execution_id");--> statement-breakpoint
CREATE INDEX "idempotency_keys_time" ON "idempotency_keys" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "sign_ins_expiry" ON "sign_ins" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "verifications_identifier" ON "verifications" USING btree ("identifier");--> statement-breakpoint
CREATE INDEX "verifications_expiry" ON "verifications" USING btree ("expires_at");
