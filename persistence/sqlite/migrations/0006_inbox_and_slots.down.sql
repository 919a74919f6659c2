DROP TABLE "workflow_inbox";
DROP TABLE "workflow_slot";
