ALTER TABLE "workflow_task" ADD COLUMN "unique_key" TEXT;
CREATE TABLE "workflow_rate" (
  "queue" TEXT NOT NULL,
  "tasks" INTEGER NOT NULL,
  "period" INTEGER NOT NULL,
  "burst" INTEGER NOT NULL,
  "spent_until" TEXT,
  CONSTRAINT "pk_workflow_rate" PRIMARY KEY ("queue")
) STRICT, WITHOUT ROWID;
