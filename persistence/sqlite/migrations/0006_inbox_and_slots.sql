CREATE TABLE "workflow_slot" (
  "queue" TEXT NOT NULL,
  "slot" INTEGER NOT NULL,
  "workflow_id" TEXT,
  "task_id" TEXT,
  "lease_fence" INTEGER,
  CONSTRAINT "pk_workflow_slot" PRIMARY KEY ("queue", "slot")
) STRICT, WITHOUT ROWID;
CREATE TABLE "workflow_inbox" (
  "seq" INTEGER NOT NULL,
  "event_key" TEXT,
  "event_name" TEXT NOT NULL,
  "resource_name" TEXT NOT NULL,
  "resource_id" TEXT NOT NULL,
  "event_data" TEXT NOT NULL DEFAULT '{}',
  "event_args" TEXT NOT NULL DEFAULT '{}',
  "selector" TEXT,
  "at" TEXT,
  "ts_created" TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
  "status" TEXT NOT NULL DEFAULT 'READY',
  "attempt" INTEGER NOT NULL DEFAULT 0,
  "error" TEXT,
  "ts_due" TEXT,
  "lease_fence" INTEGER NOT NULL DEFAULT 0,
  "lease_until" TEXT,
  "lease_owner" TEXT,
  CONSTRAINT "pk_workflow_inbox" PRIMARY KEY ("seq" AUTOINCREMENT),
  CONSTRAINT "ck_workflow_inbox_event_data" CHECK (json_valid("event_data")),
  CONSTRAINT "ck_workflow_inbox_event_args" CHECK (json_valid("event_args")),
  CONSTRAINT "ck_workflow_inbox_status" CHECK ("status" IN ('READY', 'EARLY', 'FAILED'))
) STRICT;
CREATE INDEX "ix_workflow_inbox_ready" ON "workflow_inbox" ("seq") WHERE "status" = 'READY';
CREATE INDEX "ix_workflow_inbox_resource" ON "workflow_inbox" ("resource_id", "resource_name", "seq");
CREATE INDEX "ix_workflow_inbox_kept" ON "workflow_inbox" ("status", "ts_due", "seq") WHERE "status" <> 'READY';
