ALTER TABLE "workflow_step" ADD COLUMN "delegate_id" TEXT;
ALTER TABLE "workflow_step" ADD COLUMN "candidates" TEXT CONSTRAINT "ck_workflow_step_candidates" CHECK ("candidates" IS NULL OR json_valid("candidates"));
ALTER TABLE "workflow_step" ADD COLUMN "priority" INTEGER;
ALTER TABLE "workflow_step" ADD COLUMN "ts_follow_up" TEXT;
ALTER TABLE "workflow_message" ADD COLUMN "author" TEXT;
ALTER TABLE "workflow_event" ADD COLUMN "actor" TEXT;
ALTER TABLE "workflow_inbox" ADD COLUMN "actor" TEXT;
CREATE TABLE "workflow_worklist" (
  "workflow_id" TEXT NOT NULL,
  "step_id" TEXT NOT NULL,
  "place" TEXT NOT NULL,
  "principal" TEXT NOT NULL,
  "ts_due" TEXT NOT NULL,
  "ts_follow_up" TEXT,
  "priority" INTEGER NOT NULL,
  CONSTRAINT "pk_workflow_worklist" PRIMARY KEY ("workflow_id", "step_id", "place", "principal"),
  CONSTRAINT "ck_workflow_worklist_place" CHECK ("place" IN ('OWNER', 'USER', 'GROUP')),
  CONSTRAINT "fk_workflow_worklist_workflow_id" FOREIGN KEY ("workflow_id") REFERENCES "workflow" ("_id") ON DELETE CASCADE ON UPDATE CASCADE
) STRICT, WITHOUT ROWID;
INSERT INTO "workflow_worklist" ("workflow_id", "step_id", "place", "principal", "ts_due", "priority")
SELECT s."workflow_id", s."_id", 'OWNER', s."owner_id", coalesce(s."ts_due", '9999-12-31T23:59:59.999999Z'), 0
FROM "workflow_step" AS s
JOIN "workflow" AS w ON w."_id" = s."workflow_id"
WHERE length(cast(s."owner_id" AS BLOB)) BETWEEN 1 AND 256
  AND s."status" IN ('ACTIVE', 'ERROR')
  AND w."status" IN ('NEW', 'ACTIVE', 'DEGRADED', 'PAUSED');
CREATE INDEX "ix_workflow_worklist_ts_due" ON "workflow_worklist" ("principal", "place", "ts_due", "workflow_id", "step_id", "ts_follow_up", "priority") WHERE "place" IS NOT NULL;
