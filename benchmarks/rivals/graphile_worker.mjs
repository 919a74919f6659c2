// SPDX-License-Identifier: Apache-2.0
// Works off jobs that do nothing with graphile-worker in its batched mode, and prints jobs/s. The
// jobs are stored before the clock starts, which stops when all are settled.
// node graphile_worker.mjs POSTGRESQL_URL JOBS
import { createRequire } from "node:module";

const require = createRequire(`${process.env.RIVALS ?? process.cwd()}/`);
const { Logger, run, runMigrations } = require("graphile-worker");
const { Client } = require("pg");

const [url, number] = process.argv.slice(2);
const jobs = Number(number);
const schema = "nava_rival";
const logger = new Logger(() => (level, text) => level === "error" && console.error(text));
const preset = {
  worker: {
    connectionString: url, schema, logger, maxPoolSize: 10, concurrentJobs: 24,
    localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0,
  },
};

const session = new Client({ connectionString: url });
await session.connect();
// What a run that was killed has left.
await session.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
await runMigrations({ preset });
await session.query(
  `SELECT count(*) FROM ${schema}.add_jobs(ARRAY(
     SELECT json_populate_record(NULL::${schema}.job_spec,
       '{"identifier": "nothing", "payload": {}}') FROM generate_series(1, $1)))`, [jobs]);
await session.query("VACUUM ANALYZE");

let ran = 0, finished;
const all = new Promise((resolve) => { finished = resolve; });
const began = process.hrtime.bigint();
const runner = await run({
  preset,
  taskList: { nothing: async () => { if (++ran === jobs) finished(); } },
  noHandleSignals: true,
});
await all;
await runner.stop();
const seconds = Number(process.hrtime.bigint() - began) / 1e9;
const left = await session.query(`SELECT count(*)::int AS left FROM ${schema}._private_jobs`);
await session.query(`DROP SCHEMA ${schema} CASCADE`);
await session.end();
if (left.rows[0].left !== 0) throw new Error(`${left.rows[0].left} jobs are left`);
console.log(Math.round(jobs / seconds));
