CREATE TABLE "claim_line" (
  "workflow_id" TEXT NOT NULL,
  "line" INTEGER NOT NULL,
  CONSTRAINT "pk_claim_line" PRIMARY KEY ("workflow_id", "line"),
  CONSTRAINT "fk_claim_line_workflow_id" FOREIGN KEY ("workflow_id") REFERENCES "claim" ("workflow_id") ON DELETE CASCADE ON UPDATE CASCADE
) STRICT;
CREATE INDEX "ix_claim_amount" ON "claim" ("amount");
INSERT INTO "claim_line" ("workflow_id", "line") SELECT "workflow_id", "amount" FROM "claim";
