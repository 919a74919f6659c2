DROP TABLE "claim";
