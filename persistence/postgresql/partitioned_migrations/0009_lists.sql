CREATE INDEX IF NOT EXISTS "ix_workflow_open" ON "workflow" ("_id") WHERE "status" IN ('NEW', 'ACTIVE', 'DEGRADED', 'PAUSED');
CREATE INDEX IF NOT EXISTS "ix_workflow_owner_id" ON "workflow" ("owner_id", "_id") WHERE "owner_id" IS NOT NULL;
CREATE INDEX IF NOT EXISTS "ix_workflow_company_id" ON "workflow" ("company_id", "_id") WHERE "company_id" IS NOT NULL;
