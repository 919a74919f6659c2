ALTER TABLE "claim" ADD COLUMN "amount" INTEGER NOT NULL DEFAULT 0;
UPDATE "claim" SET "amount" = length("number");
