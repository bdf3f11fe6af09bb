// graphile-worker as its documentation tunes it for throughput: jobs fetched and completed in batches.
// usage: node bench.mjs trip JOBS | latency JOBS INTERVAL_MS      the database is named by DATABASE_URL
// Prints one line of JSON.
import { run, makeWorkerUtils, Logger } from "graphile-worker";
import pg from "pg";

const [mode, jobsText, intervalText] = process.argv.slice(2);
const jobs = Number(jobsText);
const connectionString = process.env.DATABASE_URL;
const logger = new Logger(() => () => {});
const isTrip = mode === "trip";

let done = 0;
let finish = () => {};
const latencies = [];

const preset = {
  worker: {
    connectionString,
    maxPoolSize: 10,
    concurrentJobs: isTrip ? 24 : 4,
    pollInterval: 2000,
    ...(isTrip ? { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 } : {}),
  },
};

const taskList = {
  job: (payload) => {
    if (!isTrip) {
      latencies.push(performance.now() - payload.at);
    }
    if (++done === jobs) {
      finish();
    }
  },
};

const utils = await makeWorkerUtils({ connectionString, logger });
await utils.migrate();
await utils.release();

const pool = new pg.Pool({ connectionString, max: 4 });
const finished = new Promise((resolve) => (finish = resolve));
const runner = await run({ preset, taskList, logger, noHandleSignals: true });

if (isTrip) {
  const batch = 500;
  let begun = 0;
  const enqueue = async () => {
    while (begun < jobs) {
      const count = Math.min(batch, jobs - begun);
      begun += count;
      const specs = JSON.stringify(Array.from({ length: count }, (_, i) => ({ identifier: "job", payload: { i } })));
      await pool.query(
        "select graphile_worker.add_jobs(array(select json_populate_recordset(null::graphile_worker.job_spec, $1::json)))",
        [specs],
      );
    }
  };
  const cpu = process.cpuUsage();
  const start = performance.now();
  await Promise.all([enqueue(), enqueue()]);
  await finished;
  const seconds = (performance.now() - start) / 1000;
  const used = process.cpuUsage(cpu);
  console.log(JSON.stringify({ seconds, cpuSeconds: (used.user + used.system) / 1e6 }));
} else {
  for (let i = 0; i < jobs; i++) {
    await new Promise((resolve) => setTimeout(resolve, Number(intervalText)));
    await pool.query("select graphile_worker.add_job('job', $1::json)", [JSON.stringify({ at: performance.now() })]);
  }
  await finished;
  latencies.sort((a, b) => a - b);
  const at = (share) => latencies[Math.min(latencies.length - 1, Math.floor(share * latencies.length))];
  console.log(JSON.stringify({ p50: at(0.5), p99: at(0.99) }));
}
await runner.stop();
await pool.end();
