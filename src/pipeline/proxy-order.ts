import type { OrderOf } from "../modules/proxy-order.js";
import type { HttpClient } from "../store/http.js";
import { askForAnswer, mirrorOrder, orderText, type MirrorPolicy } from "../store/mirror-order.js";
import type { RunContext } from "./context.js";

/**
 * What every module proxy answers from its own settings, whether it mirrors that database or not: it need fetch nothing
 * first, the answer is empty, and no name of a module is in the question (https://go.dev/ref/mod#checksum-database).
 */
const probe = "sumdb/sum.golang.org/supported";

/** Orders proxies of which any will do, and tells the order in the log. */
export function proxyOrder(
  { emit, now, signal }: Pick<RunContext, "emit" | "now" | "signal">,
  http: HttpClient,
  policy: MirrorPolicy,
): OrderOf {
  return (bases) =>
    mirrorOrder(bases, {
      policy,
      ask: (base, ends) => askForAnswer(http, `${base}/${probe}`, ends),
      now,
      signal,
      onMeasured: (measured) =>
        emit({ type: "note", stage: "fetch", text: `proxies, the fastest first: ${orderText(measured)}` }),
    });
}
