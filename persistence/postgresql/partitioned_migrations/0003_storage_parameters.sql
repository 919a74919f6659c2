DO $$
DECLARE
  leaf record;
BEGIN
  FOR leaf IN
    SELECT cast(cast(i.inhrelid AS regclass) AS text) AS name, s.action
    FROM (VALUES
                ('workflow', 'SET (autovacuum_vacuum_scale_factor = 0.05)'),
                ('workflow_step', 'SET (autovacuum_vacuum_scale_factor = 0.05)'),
                ('workflow_stage', 'SET (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05)'),
                ('workflow_participant', 'SET (autovacuum_vacuum_scale_factor = 0.05)'),
                ('workflow_memory', 'SET (autovacuum_vacuum_scale_factor = 0.05)'),
                ('workflow_mutation', 'SET (autovacuum_vacuum_scale_factor = 0.05)'),
                ('workflow_message', 'SET (autovacuum_vacuum_scale_factor = 0.05)'),
                ('workflow_event', 'SET (autovacuum_vacuum_scale_factor = 0.05)'),
                ('workflow_task', 'SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05)')) AS s ("table", action)
    JOIN pg_inherits AS i ON i.inhparent = to_regclass(s."table")
  LOOP
    EXECUTE 'ALTER TABLE ' || leaf.name || ' ' || leaf.action;
  END LOOP;
END
$$;
ALTER TABLE "workflow_resource" SET (autovacuum_vacuum_scale_factor = 0.05);
