DROP INDEX "ix_workflow_ts_finish";
