/** Loadframe's client within k6. */
declare module "k6/x/loadframe" {
  /** A number, or a text in the forms of the command line: 10, "10k" (counts), "64KiB" (sizes), "1.5s" (times; a bare number is seconds). */
  export type Quantity = number | string;

  /** What a client does in each burst. One of messages, bytes and duration is needed: the first that is reached ends a burst. */
  export interface Options {
    /** host:port or unix:///path of a server. */
    addr: string;
    /** Default: echo. */
    workload?: "echo" | "ack" | "stamp" | "pull" | "push" | "duplex" | "stream" | "churn" | "idle";
    /** name:key=value,... Default: u32. */
    framing?: string;
    /** What the server does with messages. Default: the workload's own. */
    handler?: string;
    /** Send no preface: the server speaks the framing from the first byte. */
    plain?: boolean;
    /** Connections of each VU. Default: 1. */
    conns?: Quantity;
    /** Messages of a burst, of all connections of a VU together. */
    messages?: Quantity;
    /** Payload bytes of a burst, of all connections of a VU together. */
    bytes?: Quantity;
    /** Time of a burst. */
    duration?: Quantity;
    /** Payload of a message, or a distribution: "uniform:A..B", "lognormal:MEDIAN,SIGMA", "bimodal:A,B,PART", "file:PATH". */
    size?: Quantity;
    /** random, text, zeros, worst or file:PATH. */
    payload?: string;
    /** Requests in flight on a connection. Default: 1; with rate 65536. */
    depth?: Quantity;
    /** Messages a write at most. Default: depth; with rate 1. */
    batch?: Quantity;
    /** An open loop within the burst: messages/s, "poisson:10k", "burst:10@1k", "ramp:0..10k@10s". */
    rate?: Quantity;
    /** What is checked of what comes back. Default: full, every byte. */
    verify?: "full" | "length" | "none";
    /** Of content, sizes and arrivals; each VU has one of its own from here on. Default: 0. */
    seed?: number;
    /** For connecting, and for a connection without progress. Default: 10 s. */
    timeout?: Quantity;
    /** Of this client, where a script has several: a tag of its metrics, and the directory of its result below resultDir. */
    name?: string;
    /** Where the result and the histograms of this instance are written when k6 exits, for loadframe merge. Default: nowhere. */
    resultDir?: string;
  }

  /** What came of one burst. */
  export interface Burst {
    messages: number;
    /** Of ack and push what arrived at the server, else what came back. */
    payloadBytes: number;
    /** Payload and framing. */
    wireBytes: number;
    verifyErrors: number;
    /** Made in this burst. */
    connections: number;
    /** Connections that failed. */
    errors: number;
    /** From the first request to the last reply. */
    seconds: number;
    /** payloadBytes a second. */
    goodput: number;
    /** Median response time. Absent for bulk. */
    p50Ms?: number;
    p99Ms?: number;
    maxMs?: number;
    /** Why the burst, or a part of it, failed. */
    error?: string;
  }

  export interface Client {
    /** Runs one burst and returns when it is over. Connections of echo, ack and stamp are kept for the next. */
    burst(): Burst;
  }

  /** Checks the options; connects to nothing yet. To be called at the top of a script. */
  export function client(options: Options): Client;

  const loadframe: { client: typeof client };
  export default loadframe;
}
