DROP TABLE "workflow_agenda";
ALTER TABLE "workflow_task" DROP COLUMN "priority";
ALTER TABLE "workflow_task" DROP COLUMN "queue";
