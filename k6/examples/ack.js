// Receipts: the server answers each message with its length and CRC-32C. Bursts come at a constant rate, whether or not
// earlier ones are done; split with --execution-segment, the instances together run the same schedule.
//
//	k6 run -e TARGET=127.0.0.1:8120 ack.js
import loadframe from "k6/x/loadframe";

export const options = {
  scenarios: {
    ack: {
      executor: "constant-arrival-rate",
      rate: 50,
      timeUnit: "1s",
      duration: __ENV.DURATION || "10s",
      preAllocatedVUs: 10,
    },
  },
  thresholds: {
    loadframe_errors: ["count==0"],
    loadframe_verify_errors: ["count==0"],
  },
};

const client = loadframe.client({
  addr: __ENV.TARGET,
  workload: "ack",
  framing: "uvarint",
  size: "lognormal:512,1.2",
  depth: 32,
  messages: 200,
  resultDir: __ENV.RESULT_DIR,
});

export default function () {
  client.burst();
}
