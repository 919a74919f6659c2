CREATE TABLE "claim" (
  "workflow_id" uuid NOT NULL,
  "number" text NOT NULL,
  CONSTRAINT "pk_claim" PRIMARY KEY ("workflow_id"),
  CONSTRAINT "fk_claim_workflow_id" FOREIGN KEY ("workflow_id") REFERENCES "workflow" ("_id") ON DELETE CASCADE ON UPDATE CASCADE
);
-- A name with a colon and an @sign@, which must arrive as they are: 'a;b'.
INSERT INTO "claim" ("workflow_id", "number") SELECT "_id", 'of;' || "title" || ':@x@' FROM "workflow";
