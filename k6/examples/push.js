// Bulk up: each burst pushes generated content; the server counts and checks what arrives.
//
//	k6 run -e TARGET=127.0.0.1:8120 push.js
import loadframe from "k6/x/loadframe";

export const options = {
  scenarios: {
    push: { executor: "constant-vus", vus: 2, duration: __ENV.DURATION || "10s" },
  },
  thresholds: { loadframe_errors: ["count==0"], loadframe_verify_errors: ["count==0"] },
};

const client = loadframe.client({
  addr: __ENV.TARGET,
  workload: "push",
  bytes: "64MiB",
  resultDir: __ENV.RESULT_DIR,
});

export default function () {
  client.burst();
}
