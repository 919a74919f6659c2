// SPDX-License-Identifier: Apache-2.0
#include "persistence/postgresql/connection/session_setup.hpp"

namespace nava::persistence::postgresql {

// Set by a statement, since a pooler in between does not pass the startup parameter `options` on.
//
// The isolation comes first: a hot standby takes no statement at the level serializable. Then the
// path: pg_catalog before what the role has, so that no operator of another schema is taken for
// one of the server's; the rest stays, since triggers of an application may rely on it.
//
// Of the settings, those that are needed (true) are what the statements and their results rely on.
// The others hold only where neither the URL, nor the environment, nor the server has set one: a
// decision or a page takes milliseconds, and what takes this long is stuck; a statement whose
// program has gone is ended (from PostgreSQL 14 on).
const char* const session_setup = R"(
BEGIN ISOLATION LEVEL READ COMMITTED;
SELECT pg_catalog.set_config('search_path', CASE
  WHEN pg_catalog.current_setting('search_path') OPERATOR(pg_catalog.=) '' THEN 'pg_catalog'
  ELSE pg_catalog.concat('pg_catalog, ', pg_catalog.current_setting('search_path')) END, false);
SELECT set_config(name, value, false) FROM (VALUES
  ('TimeZone', 'UTC', true),
  ('DateStyle', 'ISO', true),
  ('IntervalStyle', 'postgres', true),
  ('extra_float_digits', '3', true),
  ('bytea_output', 'hex', true),
  ('quote_all_identifiers', 'off', true),
  ('standard_conforming_strings', 'on', true),
  ('array_nulls', 'on', true),
  ('transform_null_equals', 'off', true),
  ('default_transaction_isolation', 'read committed', true),
  ('default_transaction_deferrable', 'off', true),
  ('session_replication_role', 'origin', true),
  ('statement_timeout', '60s', false),
  ('lock_timeout', '10s', false),
  ('idle_in_transaction_session_timeout', '60s', false),
  ('client_connection_check_interval', '2s', false)
) AS ours (name, value, is_needed) JOIN pg_settings USING (name)
WHERE CASE WHEN is_needed THEN setting <> value ELSE source = 'default' END;
COMMIT)";

}  // namespace nava::persistence::postgresql
