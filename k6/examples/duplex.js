// Bulk both ways at once, on a connection each: what one direction costs the other.
//
//	k6 run -e TARGET=127.0.0.1:8120 duplex.js
import loadframe from "k6/x/loadframe";

export const options = {
  scenarios: {
    duplex: { executor: "constant-vus", vus: 1, duration: __ENV.DURATION || "10s" },
  },
  thresholds: { loadframe_errors: ["count==0"], loadframe_verify_errors: ["count==0"] },
};

const client = loadframe.client({
  addr: __ENV.TARGET,
  workload: "duplex",
  bytes: "32MiB",
  resultDir: __ENV.RESULT_DIR,
});

export default function () {
  client.burst();
}
