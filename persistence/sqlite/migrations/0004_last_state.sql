ALTER TABLE "workflow_step" ADD COLUMN "stm_from" TEXT;
