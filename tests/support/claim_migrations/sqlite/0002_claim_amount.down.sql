ALTER TABLE "claim" DROP COLUMN "amount";
