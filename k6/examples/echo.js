// Round trips: a burst is 2,000 messages of 64 bytes, 32 in flight on one connection. Messages go as fast as replies come.
//
//	k6 run -e TARGET=127.0.0.1:8120 echo.js
import loadframe from "k6/x/loadframe";

export const options = {
  scenarios: {
    echo: { executor: "constant-vus", vus: 2, duration: __ENV.DURATION || "10s" },
  },
  thresholds: {
    loadframe_messages: ["count>0"],
    loadframe_errors: ["count==0"],
    loadframe_verify_errors: ["count==0"],
  },
};

const client = loadframe.client({
  addr: __ENV.TARGET,
  workload: "echo",
  framing: "u32",
  size: 64,
  depth: 32,
  messages: 2000,
  resultDir: __ENV.RESULT_DIR,
});

export default function () {
  client.burst();
}
