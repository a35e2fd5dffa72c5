import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";

import { expect } from "@jest/globals";

import { writeTinyKit, type TinyKit, type TinyKitOptions } from "../support/tiny-kit.js";
import { Host, makeWorkspace, removeWorkspace, run, type Finished, type RunOptions } from "./harness.js";

export type Before = "nothing" | "kit";

/** A kit and its successor, which brings a newer Go, a newer head and one more version of a module. */
export async function writeTwoKits(
  folder: string,
  options: TinyKitOptions = {},
): Promise<[kit: TinyKit, next: TinyKit]> {
  const one = { path: "example.com/one", version: "v1.0.0" };
  return [
    await writeTinyKit(folder, { ...options, modules: [one] }),
    await writeTinyKit(folder, {
      ...options,
      serial: 2,
      versions: ["1.99.3", "1.98.7"],
      head: 200,
      earlierHeads: [100],
      modules: [one, { ...one, version: "v1.1.0" }],
    }),
  ];
}

/** A kit and its successor, and a prefix that is put back as often as a test wants it. */
export class TwoKits {
  readonly workspace = makeWorkspace();
  readonly host = new Host(this.workspace, "prefix");
  kit!: TinyKit;
  next!: TinyKit;
  /** What undisturbed runs make: of a first installation, and of the upgrade after it. */
  stateOfKit!: string;
  stateOfNext!: string;
  // Copying an installation is quicker than making it.
  private readonly aside = join(this.workspace, "installed");

  /** Makes the kits, and sees how undisturbed runs end. */
  async prepare(): Promise<void> {
    [this.kit, this.next] = await writeTwoKits(join(this.workspace, "kits"));
    expect(this.install(this.kit).code).toBe(0);
    this.stateOfKit = this.host.snapshot();
    run(["cp", "-a", this.host.prefix, this.aside]);
    expect(this.install(this.next).code).toBe(0);
    this.stateOfNext = this.host.snapshot();
  }

  /** Another prefix, with the same home and temporary folder. */
  hostAt(name: string): Host {
    return new Host(this.workspace, name);
  }

  remove(): void {
    removeWorkspace(this.workspace);
  }

  /** Installs without a signature, which is quicker: these tests are about other things. */
  install(what: TinyKit, options: RunOptions = {}): Finished {
    return this.host.script(what, ["--prefix", this.host.prefix, "--insecure-no-signature"], options);
  }

  /** Puts the prefix into the state before a first installation, or before an upgrade. */
  reset(before: Before): void {
    removeWorkspace(this.host.prefix);
    for (const name of readdirSync(this.host.tmp)) removeWorkspace(join(this.host.tmp, name));
    if (before === "kit") run(["cp", "-a", this.aside, this.host.prefix]);
  }

  /** Whatever happened: no current generation, or a whole one whose every program runs. */
  expectWhole(what: string, before: Before): void {
    const { host } = this;
    if (before === "nothing" && !existsSync(host.path("current"))) return;
    const generation = readlinkSync(host.path("current"));
    const wanted = before === "kit" && generation === "generations/1" ? ["go1.99.2", "go1.98.7"] : undefined;
    const programs = readdirSync(host.path("current/bin"));
    for (const program of programs.filter((name) => name.startsWith("go1"))) {
      expect({ what, says: host.ask(program, "version") }).toEqual({
        what,
        says: expect.stringContaining(`go version ${program} `),
      });
    }
    if (wanted) expect(programs).toEqual(expect.arrayContaining(wanted));
    expect({ what, says: host.ask("go", "version") }).toEqual({
      what,
      says: expect.stringContaining("go version go1.99."),
    });
  }

  /** After any fault the next run, undisturbed, ends in the very state that it would have without the fault. */
  expectConverges(what: string, target: TinyKit): void {
    const done = this.install(target);
    expect({ what, code: done.code, stderr: done.stderr.replace(/^WARNING.*\n/gm, "") }).toEqual({
      what,
      code: 0,
      stderr: "",
    });
    expect({ what, leavings: this.host.leavings().filter((name) => !name.startsWith("airgo.")) }).toEqual({
      what,
      leavings: [],
    });
  }
}
