ALTER TABLE "workflow_task" ADD COLUMN "unique_key" text;
CREATE TABLE "workflow_rate" (
  "queue" text NOT NULL,
  "tasks" bigint NOT NULL,
  "period" bigint NOT NULL,
  "burst" bigint NOT NULL,
  "spent_until" timestamp with time zone,
  CONSTRAINT "pk_workflow_rate" PRIMARY KEY ("queue")
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
