ALTER TABLE "workflow" ADD COLUMN "chain" text;
CREATE TABLE "workflow_tombstone" (
  "key" text NOT NULL,
  "ts_expire" timestamp with time zone NOT NULL,
  CONSTRAINT "pk_workflow_tombstone" PRIMARY KEY ("key")
) WITH (autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX "ix_workflow_tombstone_ts_expire" ON "workflow_tombstone" ("ts_expire");
