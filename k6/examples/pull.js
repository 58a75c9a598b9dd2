// Bulk down: each burst pulls a generated file and checks every byte.
//
//	k6 run -e TARGET=127.0.0.1:8120 pull.js
import loadframe from "k6/x/loadframe";

export const options = {
  scenarios: {
    pull: { executor: "constant-vus", vus: 2, duration: __ENV.DURATION || "10s" },
  },
  thresholds: {
    loadframe_goodput_bytes: ["rate>0"], // bytes/s, of this instance
    loadframe_errors: ["count==0"],
    loadframe_verify_errors: ["count==0"],
  },
};

const client = loadframe.client({
  addr: __ENV.TARGET,
  workload: "pull",
  framing: "u32",
  bytes: "64MiB",
  resultDir: __ENV.RESULT_DIR,
});

export default function () {
  client.burst();
}
