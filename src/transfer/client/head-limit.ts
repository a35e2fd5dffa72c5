import { errors, type Dispatcher } from "undici";

/**
 * Ends a request whose answer does not begin in time with undici's own HeadersTimeoutError. The time is over the whole
 * wait: undici starts its timer again at each informational answer (1xx), and a server may send those for ever.
 * What waits for a connection has not been asked yet, and its time does not run.
 * @param headMs milliseconds
 */
export function limitHead(headMs: number): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) => dispatch(options, limited(handler, headMs));
}

function limited(handler: Dispatcher.DispatchHandler, headMs: number): Dispatcher.DispatchHandler {
  let timer: NodeJS.Timeout | undefined;
  let asked: Dispatcher.DispatchController | undefined;
  const late = (): void => asked?.abort(new errors.HeadersTimeoutError());
  return {
    onRequestStart(controller, context) {
      // Undici may ask once more over another connection: that is still the same wait.
      asked = controller;
      timer ??= setTimeout(late, headMs).unref();
      handler.onRequestStart?.(controller, context);
    },
    onResponseStart(controller, status, headers, message) {
      if (status >= 200) clearTimeout(timer);
      handler.onResponseStart?.(controller, status, headers, message);
    },
    onResponseData: (controller, part) => handler.onResponseData?.(controller, part),
    onResponseEnd: (controller, trailers) => handler.onResponseEnd?.(controller, trailers),
    onResponseError(controller, error) {
      clearTimeout(timer);
      handler.onResponseError?.(controller, error);
    },
    onRequestUpgrade(controller, status, headers, socket) {
      clearTimeout(timer);
      handler.onRequestUpgrade?.(controller, status, headers, socket);
    },
  };
}
