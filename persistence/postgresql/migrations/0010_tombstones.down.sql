DROP TABLE "workflow_tombstone";
ALTER TABLE "workflow" DROP COLUMN "chain";
