import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import type { Dispatcher } from "undici";

import { limitHead } from "../../../src/transfer/client/head-limit.js";

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** The handler that undici is given for a request, and what that request is ended with. */
function asked() {
  const ended: Error[] = [];
  const controller: Dispatcher.DispatchController = {
    aborted: false,
    paused: false,
    reason: null,
    abort: (reason) => void ended.push(reason),
    pause: () => undefined,
    resume: () => undefined,
  };
  let given: Dispatcher.DispatchHandler = {};
  const dispatch = limitHead(1000)((_options, handler) => {
    given = handler;
    return true;
  });
  dispatch({ path: "/", method: "GET" }, {});
  return { ended, controller, handler: given };
}

describe("the time for a head", () => {
  test("is over the whole wait, whatever informational answers come", () => {
    const { ended, controller, handler } = asked();
    handler.onRequestStart?.(controller, {});
    for (let ms = 0; ms < 900; ms += 100) {
      jest.advanceTimersByTime(100);
      handler.onResponseStart?.(controller, 103, {});
    }
    expect(ended).toEqual([]);
    jest.advanceTimersByTime(100);
    expect(ended).toEqual([expect.objectContaining({ code: "UND_ERR_HEADERS_TIMEOUT" })]);
  });

  test("does not run before the request has a connection", () => {
    const { ended, controller, handler } = asked();
    jest.advanceTimersByTime(5000);
    handler.onRequestStart?.(controller, {});
    jest.advanceTimersByTime(999);
    expect(ended).toEqual([]);
  });

  test("goes on where undici asks once more, and ends that one", () => {
    const { ended, controller, handler } = asked();
    const second: Error[] = [];
    handler.onRequestStart?.(controller, {});
    jest.advanceTimersByTime(600);
    handler.onRequestStart?.({ ...controller, abort: (reason) => void second.push(reason) }, {});
    jest.advanceTimersByTime(400);
    expect(ended).toEqual([]);
    expect(second).toHaveLength(1);
  });

  test.each<[string, (request: ReturnType<typeof asked>) => void]>([
    ["the head", ({ handler, controller }) => handler.onResponseStart?.(controller, 200, {})],
    ["a failure", ({ handler, controller }) => handler.onResponseError?.(controller, new Error("reset"))],
  ])("ends with %s, and no timer is left", (_what, happen) => {
    const request = asked();
    request.handler.onRequestStart?.(request.controller, {});
    expect(jest.getTimerCount()).toBe(1);
    happen(request);
    expect(jest.getTimerCount()).toBe(0);
    jest.advanceTimersByTime(5000);
    expect(request.ended).toEqual([]);
  });
});
