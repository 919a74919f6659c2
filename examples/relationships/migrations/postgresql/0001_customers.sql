CREATE TABLE "user_account" (
  "id" uuid NOT NULL,
  "name" text NOT NULL,
  CONSTRAINT "pk_user_account" PRIMARY KEY ("id")
);
CREATE TABLE "organization" (
  "id" uuid NOT NULL,
  "name" text NOT NULL,
  "billing_contact_id" uuid,
  CONSTRAINT "pk_organization" PRIMARY KEY ("id")
);
CREATE INDEX "ix_organization_billing_contact_id" ON "organization" ("billing_contact_id");
CREATE TABLE "contact" (
  "id" uuid NOT NULL,
  "organization_id" uuid NOT NULL,
  "name" text NOT NULL,
  "email" text,
  CONSTRAINT "pk_contact" PRIMARY KEY ("id"),
  CONSTRAINT "fk_contact_organization_id" FOREIGN KEY ("organization_id") REFERENCES "organization" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "ix_contact_organization_id" ON "contact" ("organization_id");
CREATE TABLE "category" (
  "id" uuid NOT NULL,
  "parent_id" uuid,
  "name" text NOT NULL,
  CONSTRAINT "pk_category" PRIMARY KEY ("id"),
  CONSTRAINT "fk_category_parent_id" FOREIGN KEY ("parent_id") REFERENCES "category" ("id") ON DELETE NO ACTION ON UPDATE CASCADE
);
CREATE INDEX "ix_category_parent_id" ON "category" ("parent_id");
CREATE TABLE "project" (
  "id" uuid NOT NULL,
  "contact_id" uuid NOT NULL,
  "category_id" uuid NOT NULL,
  "title" text NOT NULL,
  "year" bigint NOT NULL,
  "owner_id" uuid NOT NULL,
  "created_by" uuid NOT NULL,
  "updated_by" uuid,
  CONSTRAINT "pk_project" PRIMARY KEY ("id"),
  CONSTRAINT "fk_project_contact_id" FOREIGN KEY ("contact_id") REFERENCES "contact" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT "fk_project_category_id" FOREIGN KEY ("category_id") REFERENCES "category" ("id") ON DELETE NO ACTION ON UPDATE CASCADE,
  CONSTRAINT "fk_project_owner_id" FOREIGN KEY ("owner_id") REFERENCES "user_account" ("id") ON DELETE NO ACTION ON UPDATE CASCADE,
  CONSTRAINT "fk_project_created_by" FOREIGN KEY ("created_by") REFERENCES "user_account" ("id") ON DELETE NO ACTION ON UPDATE CASCADE,
  CONSTRAINT "fk_project_updated_by" FOREIGN KEY ("updated_by") REFERENCES "user_account" ("id") ON DELETE SET NULL ON UPDATE CASCADE
);
CREATE INDEX "ix_project_contact_id" ON "project" ("contact_id");
CREATE INDEX "ix_project_category_id" ON "project" ("category_id");
CREATE INDEX "ix_project_owner_id" ON "project" ("owner_id");
CREATE INDEX "ix_project_created_by" ON "project" ("created_by");
CREATE INDEX "ix_project_updated_by" ON "project" ("updated_by");
ALTER TABLE "organization" ADD CONSTRAINT "fk_organization_billing_contact_id" FOREIGN KEY ("billing_contact_id") REFERENCES "contact" ("id") ON DELETE SET NULL ON UPDATE CASCADE;
