ALTER TABLE "organization" DROP CONSTRAINT "fk_organization_billing_contact_id";
DROP TABLE "project";
DROP TABLE "category";
DROP TABLE "contact";
DROP TABLE "organization";
DROP TABLE "user_account";
