DROP TABLE "workflow_rate";
ALTER TABLE "workflow_task" DROP COLUMN "unique_key";
