// Connect, ask one echo, close, again: a burst is 100 connections, and their rate rises.
//
//	k6 run -e TARGET=127.0.0.1:8120 churn.js
import loadframe from "k6/x/loadframe";

const duration = __ENV.DURATION || "10s";

export const options = {
  scenarios: {
    churn: {
      executor: "ramping-arrival-rate",
      startRate: 1,
      timeUnit: "1s",
      stages: [{ target: 20, duration }],
      preAllocatedVUs: 5,
    },
  },
  thresholds: { loadframe_errors: ["count==0"], loadframe_verify_errors: ["count==0"] },
};

const client = loadframe.client({
  addr: __ENV.TARGET,
  workload: "churn",
  messages: 100,
  resultDir: __ENV.RESULT_DIR,
});

export default function () {
  client.burst();
}
