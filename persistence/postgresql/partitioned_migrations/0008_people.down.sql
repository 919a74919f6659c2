DROP TABLE "workflow_worklist";
ALTER TABLE "workflow_inbox" DROP COLUMN "actor";
ALTER TABLE "workflow_event" DROP COLUMN "actor";
ALTER TABLE "workflow_message" DROP COLUMN "author";
ALTER TABLE "workflow_step" DROP COLUMN "ts_follow_up";
ALTER TABLE "workflow_step" DROP COLUMN "priority";
ALTER TABLE "workflow_step" DROP COLUMN "candidates";
ALTER TABLE "workflow_step" DROP COLUMN "delegate_id";
