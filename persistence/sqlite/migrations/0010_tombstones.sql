ALTER TABLE "workflow" ADD COLUMN "chain" TEXT;
CREATE TABLE "workflow_tombstone" (
  "key" TEXT NOT NULL,
  "ts_expire" TEXT NOT NULL,
  CONSTRAINT "pk_workflow_tombstone" PRIMARY KEY ("key")
) STRICT, WITHOUT ROWID;
CREATE INDEX "ix_workflow_tombstone_ts_expire" ON "workflow_tombstone" ("ts_expire");
