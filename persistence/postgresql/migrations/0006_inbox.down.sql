DROP TABLE "workflow_inbox";
