// Connections that only are there, beside others that work: what the first cost the second. Each client has a name, and with
// RESULT_DIR a result of its own in a directory of that name.
//
//	k6 run -e TARGET=127.0.0.1:8120 idle.js
import loadframe from "k6/x/loadframe";

const duration = __ENV.DURATION || "10s";

export const options = {
  scenarios: {
    holding: { executor: "per-vu-iterations", vus: 1, iterations: 1, exec: "hold" },
    working: { executor: "constant-vus", vus: 1, duration, exec: "work" },
  },
  thresholds: {
    loadframe_errors: ["count==0"],
    "loadframe_verify_errors{scenario:working}": ["count==0"],
  },
};

const idle = loadframe.client({
  name: "idle",
  addr: __ENV.TARGET,
  workload: "idle",
  conns: 100,
  duration,
  resultDir: __ENV.RESULT_DIR,
});

const echo = loadframe.client({
  name: "echo",
  addr: __ENV.TARGET,
  workload: "echo",
  depth: 8,
  messages: 1000,
  resultDir: __ENV.RESULT_DIR,
});

export function hold() {
  idle.burst();
}

export function work() {
  const { p99Ms, error } = echo.burst();
  if (error) console.warn(`p99 ${p99Ms} ms: ${error}`);
}
