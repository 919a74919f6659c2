ALTER TABLE "workflow_task" RESET (fillfactor, autovacuum_vacuum_scale_factor);
ALTER TABLE "workflow_event" RESET (autovacuum_vacuum_scale_factor);
ALTER TABLE "workflow_message" RESET (autovacuum_vacuum_scale_factor);
ALTER TABLE "workflow_mutation" RESET (autovacuum_vacuum_scale_factor);
ALTER TABLE "workflow_memory" RESET (autovacuum_vacuum_scale_factor);
ALTER TABLE "workflow_participant" RESET (autovacuum_vacuum_scale_factor);
ALTER TABLE "workflow_stage" RESET (fillfactor, autovacuum_vacuum_scale_factor);
ALTER TABLE "workflow_step" RESET (autovacuum_vacuum_scale_factor);
ALTER TABLE "workflow" RESET (autovacuum_vacuum_scale_factor);
