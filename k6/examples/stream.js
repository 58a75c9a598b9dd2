// Packets in time: the server sends one each 10 ms, for as long as a burst lasts.
//
//	k6 run -e TARGET=127.0.0.1:8120 stream.js
import loadframe from "k6/x/loadframe";

export const options = {
  scenarios: {
    stream: { executor: "per-vu-iterations", vus: 5, iterations: 1 },
  },
  thresholds: { loadframe_messages: ["count>0"], loadframe_errors: ["count==0"] },
};

const client = loadframe.client({
  addr: __ENV.TARGET,
  workload: "stream",
  rate: "100",
  duration: __ENV.DURATION || "10s",
  resultDir: __ENV.RESULT_DIR,
});

export default function () {
  client.burst();
}
