CREATE SEQUENCE "member_epoch";--> statement-breakpoint
CREATE TABLE "members" (
	"name" text PRIMARY KEY NOT NULL,
	"role" text NOT NULL,
	"epoch" bigint DEFAULT nextval('member_epoch') NOT NULL,
	"seen_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"facts" text NOT NULL
) WITH (fillfactor = 50);
--> statement-breakpoint
CREATE TABLE "blobs" (
	"owner" text NOT NULL,
	"name" text NOT NULL,
	"piece" integer NOT NULL,
	"bytes" "bytea" NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "blobs_owner_name_piece_pk" PRIMARY KEY("owner","name","piece")
);
--> statement-breakpoint
-- Trying to compress what mostly is compressed takes time.
ALTER TABLE "blobs" ALTER COLUMN "bytes" SET STORAGE EXTERNAL;--> statement-breakpoint
ALTER TABLE "executions" ADD COLUMN "machine" text;--> statement-breakpoint
ALTER TABLE "executions" ADD COLUMN "epoch" bigint;--> statement-breakpoint
CREATE INDEX "members_seen" ON "members" USING btree ("seen_at");--> statement-breakpoint
CREATE INDEX "executions_on_machines" ON "executions" USING btree ("machine") WHERE status in ('queued', 'running');
