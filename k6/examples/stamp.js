// One-way delays: the server's time comes back with each message, and the result tells both directions apart.
//
//	k6 run -e TARGET=127.0.0.1:8120 -e RESULT_DIR=results stamp.js
import loadframe from "k6/x/loadframe";

export const options = {
  scenarios: {
    stamp: { executor: "constant-vus", vus: 2, duration: __ENV.DURATION || "10s" },
  },
  thresholds: { loadframe_errors: ["count==0"], loadframe_verify_errors: ["count==0"] },
};

// An open loop within the burst: messages go when they are due, and latency counts from then.
const client = loadframe.client({
  addr: __ENV.TARGET,
  workload: "stamp",
  framing: "cobs",
  rate: "poisson:5k",
  messages: 1000,
  resultDir: __ENV.RESULT_DIR,
});

export default function () {
  client.burst();
}
