CREATE TABLE "workflow" (
  "_id" uuid NOT NULL,
  "wfdef_key" text NOT NULL,
  "wfdef_rev" bigint NOT NULL,
  "namespace" text NOT NULL,
  "resource_name" text NOT NULL,
  "resource_id" text NOT NULL,
  "owner_id" text,
  "company_id" text,
  "title" text NOT NULL,
  "desc" text,
  "note" text,
  "status" text NOT NULL,
  "paused" text,
  "progress" double precision NOT NULL,
  "revision" bigint NOT NULL,
  "last_seq" bigint NOT NULL,
  "ts_start" timestamp with time zone,
  "ts_expire" timestamp with time zone,
  "ts_finish" timestamp with time zone,
  "sys_tag" jsonb NOT NULL,
  "usr_tag" jsonb NOT NULL,
  "_created" timestamp with time zone NOT NULL,
  "_updated" timestamp with time zone NOT NULL,
  CONSTRAINT "pk_workflow" PRIMARY KEY ("_id"),
  CONSTRAINT "ck_workflow_status" CHECK ("status" IN ('NEW', 'ACTIVE', 'DEGRADED', 'PAUSED', 'COMPLETED', 'CANCELLED', 'FAILED')),
  CONSTRAINT "ck_workflow_paused" CHECK ("paused" IN ('NEW', 'ACTIVE', 'DEGRADED', 'PAUSED', 'COMPLETED', 'CANCELLED', 'FAILED'))
) PARTITION BY RANGE ("_id");
CREATE TABLE "workflow_default" PARTITION OF "workflow" DEFAULT WITH (fillfactor = 80);
CREATE TABLE "workflow_resource" (
  "wfdef_key" text NOT NULL,
  "resource_name" text NOT NULL,
  "resource_id" text NOT NULL,
  "workflow_id" uuid NOT NULL,
  CONSTRAINT "pk_workflow_resource" PRIMARY KEY ("resource_id", "resource_name", "wfdef_key"),
  CONSTRAINT "uq_workflow_resource_workflow_id" UNIQUE ("workflow_id"),
  CONSTRAINT "fk_workflow_resource_workflow_id" FOREIGN KEY ("workflow_id") REFERENCES "workflow" ("_id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE TABLE "workflow_step" (
  "workflow_id" uuid NOT NULL,
  "_id" uuid NOT NULL,
  "index" bigint NOT NULL,
  "step_key" text NOT NULL,
  "stage_key" text NOT NULL,
  "title" text NOT NULL,
  "desc" text,
  "selector" uuid NOT NULL,
  "src_step" uuid,
  "owner_id" text,
  "stm_state" text NOT NULL,
  "stm_label" text,
  "status" text NOT NULL,
  "memory" jsonb NOT NULL,
  "ts_due" timestamp with time zone,
  "ts_start" timestamp with time zone,
  "ts_finish" timestamp with time zone,
  "ts_transit" timestamp with time zone,
  CONSTRAINT "pk_workflow_step" PRIMARY KEY ("workflow_id", "_id"),
  CONSTRAINT "uq_workflow_step_selector" UNIQUE ("workflow_id", "selector"),
  CONSTRAINT "ck_workflow_step_status" CHECK ("status" IN ('ACTIVE', 'ERROR', 'COMPLETED', 'IGNORED', 'CANCELLED')),
  CONSTRAINT "fk_workflow_step_workflow_id" FOREIGN KEY ("workflow_id") REFERENCES "workflow" ("_id") ON DELETE CASCADE ON UPDATE CASCADE
) PARTITION BY RANGE ("workflow_id");
CREATE TABLE "workflow_step_default" PARTITION OF "workflow_step" DEFAULT WITH (fillfactor = 80);
CREATE TABLE "workflow_stage" (
  "workflow_id" uuid NOT NULL,
  "key" text NOT NULL,
  "stage_name" text NOT NULL,
  "stage_type" text,
  "desc" text,
  "order" bigint NOT NULL,
  "status" text NOT NULL,
  CONSTRAINT "pk_workflow_stage" PRIMARY KEY ("workflow_id", "key"),
  CONSTRAINT "ck_workflow_stage_status" CHECK ("status" IN ('ACTIVE', 'ERROR', 'COMPLETED')),
  CONSTRAINT "fk_workflow_stage_workflow_id" FOREIGN KEY ("workflow_id") REFERENCES "workflow" ("_id") ON DELETE CASCADE ON UPDATE CASCADE
) PARTITION BY RANGE ("workflow_id");
CREATE TABLE "workflow_stage_default" PARTITION OF "workflow_stage" DEFAULT;
CREATE TABLE "workflow_participant" (
  "workflow_id" uuid NOT NULL,
  "role" text NOT NULL,
  "user_id" text NOT NULL,
  CONSTRAINT "pk_workflow_participant" PRIMARY KEY ("workflow_id", "role", "user_id"),
  CONSTRAINT "fk_workflow_participant_workflow_id" FOREIGN KEY ("workflow_id") REFERENCES "workflow" ("_id") ON DELETE CASCADE ON UPDATE CASCADE
) PARTITION BY RANGE ("workflow_id");
CREATE TABLE "workflow_participant_default" PARTITION OF "workflow_participant" DEFAULT;
CREATE TABLE "workflow_memory" (
  "workflow_id" uuid NOT NULL,
  "params" jsonb NOT NULL,
  "memory" jsonb NOT NULL,
  "output" jsonb NOT NULL,
  CONSTRAINT "pk_workflow_memory" PRIMARY KEY ("workflow_id"),
  CONSTRAINT "fk_workflow_memory_workflow_id" FOREIGN KEY ("workflow_id") REFERENCES "workflow" ("_id") ON DELETE CASCADE ON UPDATE CASCADE
) PARTITION BY RANGE ("workflow_id");
CREATE TABLE "workflow_memory_default" PARTITION OF "workflow_memory" DEFAULT WITH (fillfactor = 80);
CREATE TABLE "workflow_mutation" (
  "workflow_id" uuid NOT NULL,
  "seq" bigint NOT NULL,
  "transaction_id" uuid NOT NULL,
  "name" text NOT NULL,
  "action" text NOT NULL,
  "step_id" uuid,
  "mutation" jsonb NOT NULL,
  "at" timestamp with time zone NOT NULL,
  CONSTRAINT "pk_workflow_mutation" PRIMARY KEY ("workflow_id", "seq"),
  CONSTRAINT "fk_workflow_mutation_workflow_id" FOREIGN KEY ("workflow_id") REFERENCES "workflow" ("_id") ON DELETE CASCADE ON UPDATE CASCADE
) PARTITION BY RANGE ("workflow_id");
CREATE TABLE "workflow_mutation_default" PARTITION OF "workflow_mutation" DEFAULT;
CREATE TABLE "workflow_message" (
  "workflow_id" uuid NOT NULL,
  "seq" bigint NOT NULL,
  "timestamp" timestamp with time zone NOT NULL,
  "source" text NOT NULL,
  "content" text NOT NULL,
  CONSTRAINT "pk_workflow_message" PRIMARY KEY ("workflow_id", "seq"),
  CONSTRAINT "fk_workflow_message_workflow_id" FOREIGN KEY ("workflow_id") REFERENCES "workflow" ("_id") ON DELETE CASCADE ON UPDATE CASCADE
) PARTITION BY RANGE ("workflow_id");
CREATE TABLE "workflow_message_default" PARTITION OF "workflow_message" DEFAULT;
CREATE TABLE "workflow_event" (
  "workflow_id" uuid NOT NULL,
  "seq" bigint NOT NULL,
  "transaction_id" uuid NOT NULL,
  "event_key" text,
  "event_name" text NOT NULL,
  "event_args" jsonb NOT NULL,
  "event_data" jsonb NOT NULL,
  "step_id" uuid,
  "at" timestamp with time zone NOT NULL,
  CONSTRAINT "pk_workflow_event" PRIMARY KEY ("workflow_id", "seq"),
  CONSTRAINT "fk_workflow_event_workflow_id" FOREIGN KEY ("workflow_id") REFERENCES "workflow" ("_id") ON DELETE CASCADE ON UPDATE CASCADE
) PARTITION BY RANGE ("workflow_id");
CREATE UNIQUE INDEX "uq_workflow_event_key" ON "workflow_event" ("workflow_id", "event_key") WHERE "event_key" IS NOT NULL;
CREATE TABLE "workflow_event_default" PARTITION OF "workflow_event" DEFAULT;
CREATE TABLE "workflow_task" (
  "workflow_id" uuid NOT NULL,
  "_id" uuid NOT NULL,
  "step_id" uuid,
  "name" text NOT NULL,
  "desc" text,
  "status" text NOT NULL,
  "input" jsonb NOT NULL,
  "result" jsonb,
  "error" text,
  "attempt" bigint NOT NULL,
  "attempts_max" bigint NOT NULL,
  "ts_due" timestamp with time zone,
  "ts_expire" timestamp with time zone,
  "ts_start" timestamp with time zone,
  "ts_end" timestamp with time zone,
  "lease_owner" text,
  "lease_fence" bigint NOT NULL,
  CONSTRAINT "pk_workflow_task" PRIMARY KEY ("workflow_id", "_id"),
  CONSTRAINT "ck_workflow_task_status" CHECK ("status" IN ('SCHEDULED', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED')),
  CONSTRAINT "fk_workflow_task_workflow_id" FOREIGN KEY ("workflow_id") REFERENCES "workflow" ("_id") ON DELETE CASCADE ON UPDATE CASCADE
) PARTITION BY RANGE ("workflow_id");
CREATE TABLE "workflow_task_default" PARTITION OF "workflow_task" DEFAULT;
CREATE TABLE "workflow_definition" (
  "wfdef_key" text NOT NULL,
  "wfdef_rev" bigint NOT NULL,
  "title" text NOT NULL,
  "namespace" text NOT NULL,
  "desc" text,
  "stages" jsonb NOT NULL,
  "steps" jsonb NOT NULL,
  "roles" jsonb NOT NULL,
  "params_schema" jsonb,
  "memory_schema" jsonb,
  CONSTRAINT "pk_workflow_definition" PRIMARY KEY ("wfdef_key", "wfdef_rev")
);
