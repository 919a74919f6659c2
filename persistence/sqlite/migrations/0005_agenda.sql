ALTER TABLE "workflow_task" ADD COLUMN "queue" TEXT;
ALTER TABLE "workflow_task" ADD COLUMN "priority" INTEGER;
CREATE TABLE "workflow_agenda" (
  "workflow_id" TEXT NOT NULL,
  "_id" TEXT NOT NULL,
  "queue" TEXT NOT NULL,
  "priority" INTEGER NOT NULL,
  "ts_due" TEXT NOT NULL,
  "attempt" INTEGER NOT NULL,
  "lease_fence" INTEGER NOT NULL,
  "lease_until" TEXT,
  "lease_owner" TEXT,
  "ts_start" TEXT,
  "progress" TEXT,
  CONSTRAINT "pk_workflow_agenda" PRIMARY KEY ("workflow_id", "_id"),
  CONSTRAINT "ck_workflow_agenda_progress" CHECK ("progress" IS NULL OR json_valid("progress")),
  CONSTRAINT "fk_workflow_agenda_workflow_id" FOREIGN KEY ("workflow_id") REFERENCES "workflow" ("_id") ON DELETE CASCADE ON UPDATE CASCADE
) STRICT, WITHOUT ROWID;
INSERT INTO "workflow_agenda" ("workflow_id", "_id", "queue", "priority", "ts_due", "attempt", "lease_fence")
SELECT t."workflow_id", t."_id", t."name", 0, coalesce(t."ts_due", w."_created"), t."attempt", t."lease_fence"
FROM "workflow_task" AS t
JOIN "workflow" AS w ON w."_id" = t."workflow_id"
WHERE t."status" IN ('SCHEDULED', 'RUNNING');
CREATE INDEX "ix_workflow_agenda_ts_due" ON "workflow_agenda" ("queue", "priority", "ts_due", "_id");
