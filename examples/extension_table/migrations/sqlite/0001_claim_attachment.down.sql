DROP TABLE "claim_attachment";
