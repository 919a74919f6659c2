CREATE TABLE "claim_attachment" (
  "workflow_id" uuid NOT NULL,
  "file_name" text NOT NULL,
  "pages" bigint NOT NULL,
  "scanned_by" text NOT NULL,
  CONSTRAINT "pk_claim_attachment" PRIMARY KEY ("workflow_id", "file_name"),
  CONSTRAINT "fk_claim_attachment_workflow_id" FOREIGN KEY ("workflow_id") REFERENCES "workflow" ("_id") ON DELETE CASCADE ON UPDATE CASCADE
);
