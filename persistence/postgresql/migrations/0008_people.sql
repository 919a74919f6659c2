ALTER TABLE "workflow_step" ADD COLUMN "delegate_id" text;
ALTER TABLE "workflow_step" ADD COLUMN "candidates" jsonb;
ALTER TABLE "workflow_step" ADD COLUMN "priority" bigint;
ALTER TABLE "workflow_step" ADD COLUMN "ts_follow_up" timestamp with time zone;
ALTER TABLE "workflow_message" ADD COLUMN "author" text;
ALTER TABLE "workflow_event" ADD COLUMN "actor" text;
ALTER TABLE "workflow_inbox" ADD COLUMN "actor" text;
CREATE TABLE "workflow_worklist" (
  "workflow_id" uuid NOT NULL,
  "step_id" uuid NOT NULL,
  "place" text NOT NULL,
  "principal" text NOT NULL,
  "ts_due" timestamp with time zone NOT NULL,
  "ts_follow_up" timestamp with time zone,
  "priority" bigint NOT NULL,
  CONSTRAINT "pk_workflow_worklist" PRIMARY KEY ("workflow_id", "step_id", "place", "principal"),
  CONSTRAINT "ck_workflow_worklist_place" CHECK ("place" IN ('OWNER', 'USER', 'GROUP')),
  CONSTRAINT "fk_workflow_worklist_workflow_id" FOREIGN KEY ("workflow_id") REFERENCES "workflow" ("_id") ON DELETE CASCADE ON UPDATE CASCADE
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
INSERT INTO "workflow_worklist" ("workflow_id", "step_id", "place", "principal", "ts_due", "priority")
SELECT s."workflow_id", s."_id", 'OWNER', s."owner_id", coalesce(s."ts_due", '9999-12-31 23:59:59.999999+00'), 0
FROM "workflow_step" AS s
JOIN "workflow" AS w ON w."_id" = s."workflow_id"
WHERE octet_length(s."owner_id") BETWEEN 1 AND 256
  AND s."status" IN ('ACTIVE', 'ERROR')
  AND w."status" IN ('NEW', 'ACTIVE', 'DEGRADED', 'PAUSED');
CREATE INDEX "ix_workflow_worklist_ts_due" ON "workflow_worklist" ("principal", "place", "ts_due", "workflow_id", "step_id", "ts_follow_up", "priority") WHERE "place" IS NOT NULL;
