import { describeEveryCall } from "./every-call.js";

// With flock, as most hosts have it.
describeEveryCall({ name: "a first installation", upgrade: false, extraTools: ["flock"] });
