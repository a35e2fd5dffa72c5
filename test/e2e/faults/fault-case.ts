import type { ErrorCode } from "../../../src/support/error-codes.js";
import type { Door } from "../../support/fake-upstream.js";

/** What a case may use and set. */
export interface FaultPlace {
  readonly door: Door;
  /** Where the same is served without faults. */
  readonly sound: Door;
}

/** What one fault does to a run of `airgo bundle`. */
export interface FaultCase {
  /** A row of the table in docs/reliability.md. */
  readonly name: string;
  readonly set: (place: FaultPlace) => void;
  readonly exit: number;
  /** The code of the error that ends the run; undefined when it goes through. */
  readonly code?: ErrorCode;
  /** What the message holds beside the code: the place, the thing. The first is told in the table. */
  readonly says?: readonly string[];
  /** What else holds afterwards, for the table, and the proof of it. */
  readonly also?: { readonly text: string; readonly holds: (place: FaultPlace) => void };
  /** True: the lock that names everything is there, so that the run only fetches. */
  readonly isLocked?: boolean;
  /** `sources.proxy`; the door's address when it is not given. */
  readonly proxy?: (place: FaultPlace) => string;
  /** The certificate that the door has, from these names, and whether airgo is told to trust its authority. */
  readonly tls?: { readonly names: string; readonly isTrusted: boolean };
  readonly env?: Readonly<Record<string, string>>;
  readonly through?: readonly string[];
  /** Programs that the case needs; where one is missing it is skipped by name. */
  readonly tools?: readonly string[];
}

/** A part of the suite, and of the table. */
export interface FaultGroup {
  readonly title: string;
  readonly cases: readonly FaultCase[];
}

/** Files of the standard world that faults meet. */
export const goZip = /toolchain\/@v\/v0\.0\.1-go1\.90\.1\.linux-amd64\.zip$/;
export const helloZip = /hello\/@v\/v1\.0\.0\.zip$/;
export const greetMod = /greet\/@v\/v1\.2\.0\.mod$/;
export const helloInfo = /hello\/@v\/v1\.0\.0\.info$/;
export const goList = /toolchain\/@v\/list$/;
export const helloLookup = /\/lookup\/example\.com\/hello@v1\.0\.0$/;
export const tiles = /\/sumdb\/[^/]+\/tile\//;
export const everything = /./;

export const hello = "example.com/hello@v1.0.0";

/** The requests for what matches. */
export function asked({ requests }: Door, path: RegExp): Door["requests"] {
  return requests.filter((request) => request.method === "GET" && path.test(request.path));
}
