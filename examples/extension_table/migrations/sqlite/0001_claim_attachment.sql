CREATE TABLE "claim_attachment" (
  "workflow_id" TEXT NOT NULL,
  "file_name" TEXT NOT NULL,
  "pages" INTEGER NOT NULL,
  "scanned_by" TEXT NOT NULL,
  CONSTRAINT "pk_claim_attachment" PRIMARY KEY ("workflow_id", "file_name"),
  CONSTRAINT "fk_claim_attachment_workflow_id" FOREIGN KEY ("workflow_id") REFERENCES "workflow" ("_id") ON DELETE CASCADE ON UPDATE CASCADE
) STRICT, WITHOUT ROWID;
