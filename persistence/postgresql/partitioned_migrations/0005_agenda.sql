ALTER TABLE "workflow_task" ADD COLUMN "queue" text;
ALTER TABLE "workflow_task" ADD COLUMN "priority" bigint;
CREATE TABLE "workflow_agenda" (
  "workflow_id" uuid NOT NULL,
  "_id" uuid NOT NULL,
  "queue" text NOT NULL,
  "priority" bigint NOT NULL,
  "ts_due" timestamp with time zone NOT NULL,
  "attempt" bigint NOT NULL,
  "lease_fence" bigint NOT NULL,
  "lease_until" timestamp with time zone,
  "lease_owner" text,
  "ts_start" timestamp with time zone,
  "progress" jsonb,
  CONSTRAINT "pk_workflow_agenda" PRIMARY KEY ("workflow_id", "_id"),
  CONSTRAINT "fk_workflow_agenda_workflow_id" FOREIGN KEY ("workflow_id") REFERENCES "workflow" ("_id") ON DELETE CASCADE ON UPDATE CASCADE
) WITH (fillfactor = 45, autovacuum_vacuum_scale_factor = 0.05);
INSERT INTO "workflow_agenda" ("workflow_id", "_id", "queue", "priority", "ts_due", "attempt", "lease_fence")
SELECT t."workflow_id", t."_id", t."name", 0, coalesce(t."ts_due", w."_created"), t."attempt", t."lease_fence"
FROM "workflow_task" AS t
JOIN "workflow" AS w ON w."_id" = t."workflow_id"
WHERE t."status" IN ('SCHEDULED', 'RUNNING');
CREATE INDEX "ix_workflow_agenda_ts_due" ON "workflow_agenda" ("queue", "priority", "ts_due", "_id");
