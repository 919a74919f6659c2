ALTER TABLE "workflow_resource" RESET (autovacuum_vacuum_scale_factor);
DO $$
DECLARE
  leaf record;
BEGIN
  FOR leaf IN
    SELECT cast(cast(i.inhrelid AS regclass) AS text) AS name, s.action
    FROM (VALUES
                ('workflow', 'RESET (autovacuum_vacuum_scale_factor)'),
                ('workflow_step', 'RESET (autovacuum_vacuum_scale_factor)'),
                ('workflow_stage', 'RESET (fillfactor, autovacuum_vacuum_scale_factor)'),
                ('workflow_participant', 'RESET (autovacuum_vacuum_scale_factor)'),
                ('workflow_memory', 'RESET (autovacuum_vacuum_scale_factor)'),
                ('workflow_mutation', 'RESET (autovacuum_vacuum_scale_factor)'),
                ('workflow_message', 'RESET (autovacuum_vacuum_scale_factor)'),
                ('workflow_event', 'RESET (autovacuum_vacuum_scale_factor)'),
                ('workflow_task', 'RESET (fillfactor, autovacuum_vacuum_scale_factor)')) AS s ("table", action)
    JOIN pg_inherits AS i ON i.inhparent = to_regclass(s."table")
  LOOP
    EXECUTE 'ALTER TABLE ' || leaf.name || ' ' || leaf.action;
  END LOOP;
END
$$;
