import type { RunProcess } from "../support/processes.js";

/** A way to run a command without a network. */
export interface Sandbox {
  /** `strong`: the kernel gives the command no network. `weak`: it is only told that there is none. */
  readonly isolation: "strong" | "weak";
  /** How, for the transcript. */
  readonly description: string;
  /** The command that runs `argv` inside. */
  wrap(argv: readonly [string, ...string[]]): [string, ...string[]];
  /** Variables that the command gets besides its own. */
  readonly env: Readonly<Record<string, string>>;
}

/** Brings the loopback device up, where there is a tool for it: Go's own tests listen there. Then becomes the command. */
const inner = 'ip link set lo up 2>/dev/null || ifconfig lo up 2>/dev/null || :; exec "$@"';

/** Addresses where nobody answers: the discard port of this machine. */
const dead = "http://127.0.0.1:9";

/** Finds the best sandbox of this machine: a network namespace, with a user namespace where that is what it takes. */
export async function findSandbox(
  run: RunProcess,
  env: Readonly<Record<string, string>>,
  cwd: string,
): Promise<Sandbox> {
  for (const flags of [["-rn"], ["-n"]]) {
    const wrap = (argv: readonly [string, ...string[]]): [string, ...string[]] => [
      "unshare",
      ...flags,
      "sh",
      "-c",
      inner,
      "sh",
      ...argv,
    ];
    const works = await run(wrap(["true"]), { cwd, env }).then(
      ({ code }) => code === 0,
      () => false,
    );
    if (works) return { isolation: "strong", description: `unshare ${flags.join(" ")}`, wrap, env: {} };
  }
  return {
    isolation: "weak",
    description: "proxies that do not answer (no network namespace to be had)",
    wrap: (argv) => [...argv],
    env: { http_proxy: dead, https_proxy: dead, HTTP_PROXY: dead, HTTPS_PROXY: dead, ALL_PROXY: dead },
  };
}
