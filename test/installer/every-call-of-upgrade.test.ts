import { describeEveryCall } from "./every-call.js";

// Without flock the lock is a folder, whose making and removing are such calls too.
describeEveryCall({ name: "an upgrade", upgrade: true, extraTools: [] });
