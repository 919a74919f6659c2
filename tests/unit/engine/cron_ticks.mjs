// SPDX-License-Identifier: Apache-2.0
// Prints what the test of cron expressions compares with: random expressions, a zone, an instant,
// and the next two ticks as croner has them, in UTC. The same arguments print the same lines.
// node cron_ticks.mjs LINES SEED, in a directory with node_modules/croner
import { createRequire } from "node:module";

const require = createRequire(`${process.cwd()}/`);
const { Cron } = require("croner");
const [lines, seed] = process.argv.slice(2).map(Number);

let state = seed >>> 0;
// mulberry32
function random() {
  state = (state + 0x6d2b79f5) >>> 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
}
const below = (end) => Math.floor(random() * end);
const from = (first, last) => first + below(last - first + 1);
const one = (list) => list[below(list.length)];

const months = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ");
const days = "SUN MON TUE WED THU FRI SAT".split(" ");

function part(first, last, names) {
  const name = (value) => {
    if (!names || below(3) > 0) return `${value}`;
    const found = names[value - first];
    return found === undefined ? `${value}` : one([found, found.toLowerCase()]);
  };
  if (below(2) === 0) return name(from(first, last));
  const [begin, end] = [from(first, last), from(first, last)].sort((a, b) => a - b);
  if (begin === end) return name(begin);
  const range = `${name(begin)}-${name(end)}`;
  return below(3) === 0 ? `${range}/${from(1, last)}` : range;
}

function field(first, last, names) {
  const kind = below(6);
  if (kind < 2) return "*";
  if (kind === 2) return `*/${from(1, last)}`;
  return Array.from({ length: from(1, 3) }, () => part(first, last, names)).join(",");
}

function days_of_month() {
  return below(8) === 0 ? one(["L", `${from(1, 28)},L`]) : field(1, 31);
}

// Programs differ where one field of days is a step of `*` and the other is not `*`: whether both
// must match, or one is enough.
function both_or_one(on_month, on_week) {
  return [on_month, on_week].some((days) => days.startsWith("*/")) &&
    on_month !== "*" && on_week !== "*";
}

const zones = ["UTC", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "America/New_York",
  "America/Sao_Paulo"];
const text = (date) => date.toISOString().slice(0, 19).replace("T", " ");
console.log(`# node cron_ticks.mjs ${lines} ${seed}, croner ${require("croner/package.json").version}`);
for (let printed = 0; printed < lines;) {
  const [on_month, on_week] = [days_of_month(), field(0, 6, days)];
  if (both_or_one(on_month, on_week)) continue;
  const expression = [field(0, 59), field(0, 23), on_month, field(1, 12, months), on_week].join(" ");
  const zone = one(zones);
  const after = new Date(Date.UTC(from(2024, 2027), below(12), from(1, 28), below(24), below(60),
    below(60)));
  const cron = new Cron(expression, { timezone: zone, paused: true });
  const first = cron.nextRun(after);
  const second = first && cron.nextRun(first);
  if (!second) continue;
  console.log([expression, zone, text(after), text(first).slice(0, 16),
    text(second).slice(0, 16)].join("|"));
  ++printed;
}
