DROP INDEX "ix_claim_amount";
DROP TABLE "claim_line";
