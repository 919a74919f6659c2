ALTER TABLE "workflow" SET (autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE "workflow_step" SET (autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE "workflow_stage" SET (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE "workflow_participant" SET (autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE "workflow_memory" SET (autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE "workflow_mutation" SET (autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE "workflow_message" SET (autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE "workflow_event" SET (autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE "workflow_task" SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
