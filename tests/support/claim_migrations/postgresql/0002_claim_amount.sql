ALTER TABLE "claim" ADD COLUMN "amount" bigint NOT NULL DEFAULT 0;
UPDATE "claim" SET "amount" = length("number");
