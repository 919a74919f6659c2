CREATE INDEX "ix_workflow_ts_finish" ON "workflow" ("ts_finish", "_id") WHERE "ts_finish" IS NOT NULL;
