import { cpSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, expect, test } from "@jest/globals";

import { pathWith, removeWorkspace, stub, toolsOf } from "./harness.js";
import { TwoKits } from "./two-kits.js";

const two = new TwoKits();
beforeAll(() => two.prepare());
afterAll(() => two.remove());

test("a kit that changes after it was verified is noticed when it is copied", () => {
  const copy = join(two.workspace, "changing");
  cpSync(two.kit.outer, copy, { recursive: true });
  const folder = join(copy, two.kit.folder.slice(two.kit.outer.length + 1));
  const changing = { ...two.kit, folder, script: join(folder, "install.sh") };
  const path = pathWith(join(two.workspace, "changing-tools"), [...toolsOf(two.kit.script), "printf", "sh"]);
  rmSync(join(path, "mktemp"));
  // The second folder that is asked for is the one for staging: then everything is verified already.
  const changes = {
    "/one/@v/v1.0.0.zip": `echo evil >"${folder}/proxy/example.com/one/@v/v1.0.0.zip"`,
    "./extra": `echo evil >"${folder}/proxy/extra"`,
    "/two/@v/v1.0.0.zip": `mkdir -p "${folder}/proxy/example.com/two/@v/v1.0.0.zip"`,
    "/one/@v/v1.0.0.mod": `ln -sf /etc/passwd "${folder}/proxy/example.com/one/@v/v1.0.0.mod"`,
    "h1 in hex": `cp "${folder}/toolchains/go1.98.7.common.tar.gz" "${folder}/toolchains/go1.99.2.common.tar.gz"`,
  };
  for (const [found, change] of Object.entries(changes)) {
    two.reset("nothing");
    stub(path, "mktemp", `PATH=/usr/bin:/bin; case $2 in *.staging*) ${change} ;; esac; exec mktemp "$@"`);
    const done = two.install(changing, { shell: ["/bin/sh"], env: { PATH: path } });
    expect({ found, code: done.code }).toEqual({ found, code: 8 });
    expect(done.stderr).toContain(found);
    expect(existsSync(two.host.path("current"))).toBe(false);
    expect(existsSync(two.host.path("proxy"))).toBe(false);
    removeWorkspace(folder);
    cpSync(two.kit.folder, folder, { recursive: true });
  }
});

test("what is merged with the host's files is checked as it was copied, too", () => {
  const copy = join(two.workspace, "merging");
  cpSync(two.next.outer, copy, { recursive: true });
  const folder = join(copy, two.next.folder.slice(two.next.outer.length + 1));
  const merging = { ...two.next, folder, script: join(folder, "install.sh") };
  const path = pathWith(join(two.workspace, "merging-tools"), [...toolsOf(two.kit.script), "printf", "sh"]);
  rmSync(join(path, "tar"));
  const list = join(folder, "proxy/example.com/one/@v/list");
  const evil = `printf 'v1.0.0\nv6.6.6\n' >"${list}"`;
  // When Go is unpacked the lists are verified and copied, and not merged yet.
  stub(path, "tar", `PATH=/usr/bin:/bin; ${evil}; exec tar "$@"`);
  two.reset("kit");
  expect(two.install(merging, { shell: ["/bin/sh"], env: { PATH: path } })).toMatchObject({ code: 0 });
  expect(two.host.read("proxy/example.com/one/@v/list")).toBe("v1.0.0\nv1.1.0\n");
});
