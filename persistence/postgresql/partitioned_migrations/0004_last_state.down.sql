ALTER TABLE "workflow_step" DROP COLUMN "stm_from";
