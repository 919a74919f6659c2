DROP TABLE "project";
DROP TABLE "category";
DROP TABLE "contact";
DROP TABLE "organization";
DROP TABLE "user_account";
