DROP INDEX "ix_workflow_company_id";
DROP INDEX "ix_workflow_owner_id";
DROP INDEX "ix_workflow_open";
