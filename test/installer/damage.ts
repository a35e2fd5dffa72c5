import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { writeTinyKit, type TinyKit } from "../support/tiny-kit.js";
import { Host, plainShell, removeWorkspace, run, type Finished, type RunOptions } from "./harness.js";

const one = { path: "example.com/one", version: "v1.0.0" };
const oneNewer = { path: "example.com/one", version: "v1.1.0" };

/** A host with two kits of one lock in it, and the same once more, to start each test from. */
export class DamagedHost extends Host {
  readonly kit: TinyKit;
  readonly next: TinyKit;
  private readonly kept: string;

  private constructor(workspace: string, kit: TinyKit, next: TinyKit) {
    super(workspace, "prefix");
    this.kit = kit;
    this.next = next;
    this.kept = join(workspace, "kept");
    for (const each of [kit, next]) {
      const done = this.install(each);
      if (done.code !== 0) throw new Error(done.stderr);
    }
    run(["cp", "-a", this.prefix, this.kept]);
  }

  static async install(workspace: string): Promise<DamagedHost> {
    const kits = join(workspace, "kits");
    const kit = await writeTinyKit(kits, { versions: ["1.99.2"], modules: [one] });
    const next = await writeTinyKit(kits, {
      serial: 2,
      versions: ["1.99.3"],
      head: 200,
      earlierHeads: [100],
      modules: [one, oneNewer],
    });
    return new DamagedHost(workspace, kit, next);
  }

  reset(): void {
    removeWorkspace(this.prefix);
    run(["cp", "-a", this.kept, this.prefix]);
  }

  /** Runs the airgo-kit of the host. */
  airgo(args: readonly string[], options: RunOptions = {}): Finished {
    return run(
      [...(options.under ?? []), ...(options.shell ?? plainShell), this.path("bin/airgo-kit"), ...args],
      {
        ...options,
        env: { HOME: this.home, TMPDIR: this.tmp, ...options.env },
      },
    );
  }

  papers(kit: TinyKit, ...parts: readonly string[]): string {
    return this.path(
      "kits",
      readdirSync(this.path("kits")).find((name) => name.endsWith(kit.id)) ?? "",
      ...parts,
    );
  }

  /** All but what a repair moved aside. */
  state(): string {
    return this.snapshot().replace(/^quarantine[^]*?(?=^trust )/m, "");
  }
}

export interface Damage {
  readonly harm: (host: DamagedHost) => void;
  /** A part of what is told of it. */
  readonly told: string;
  /** What a repair can't mend from the kits alone: it ends 8. */
  readonly stays?: boolean;
}

/** Writes where nobody may write. */
function change(file: string, harm: (file: string) => void): void {
  const folder = join(file, "..");
  run(["chmod", "u+w", folder]);
  run(["chmod", "-f", "u+w", file]);
  harm(file);
  run(["chmod", "-f", "0444", file]);
  run(["chmod", "0555", folder]);
}

const goroot = (host: DamagedHost, ...parts: readonly string[]): string =>
  host.path(
    "versions",
    readdirSync(host.path("versions")).find((name) => name.includes("1.99.3")) ?? "",
    ...parts,
  );

function edit(file: string, from: string | RegExp, to: string): void {
  writeFileSync(file, readFileSync(file, "utf8").replace(from, to));
}

/** One byte of a file is another one. */
function flip(file: string): void {
  const data = readFileSync(file);
  data[data.length >> 1] = (data[data.length >> 1] ?? 0) ^ 1;
  writeFileSync(file, data);
}

const list = "proxy/example.com/one/@v/list";
const lookup = "proxy/sumdb/sum.example.org/lookup/example.com/one@v1.0.0";

export const damages: Readonly<Record<string, Damage>> = {
  "a byte of Go": {
    harm: (host) => change(goroot(host, "src/fmt/print.go"), flip),
    told: "other contents: src/fmt/print.go",
  },
  "a file of Go that is gone": {
    harm: (host) => change(goroot(host, "VERSION"), unlinkSync),
    told: "missing, or with another mode: VERSION",
  },
  "a file in Go that no kit lists": {
    harm: (host) => change(goroot(host, "src/fmt/extra.go"), (file) => writeFileSync(file, "package fmt")),
    told: "not listed, or with another mode: src/fmt/extra.go",
  },
  "a program of Go that can't be run": {
    harm: (host) => chmodSync(goroot(host, "bin/go"), 0o444),
    told: "missing, or with another mode: bin/go",
  },
  "a setuid program": {
    harm: (host) => chmodSync(goroot(host, "bin/go"), 0o4555),
    told: "with another mode: bin/go",
  },
  "a folder of Go with another mode": {
    harm: (host) => chmodSync(goroot(host, "src"), 0o700),
    told: "src: a folder with another mode than 0555",
  },
  "a file in Go whose path looks like two that are listed": {
    harm: (host) => {
      const folder = goroot(host, "go.env\n.");
      chmodSync(goroot(host), 0o755);
      mkdirSync(folder);
      writeFileSync(join(folder, "VERSION"), "evil", { mode: 0o444 });
      chmodSync(folder, 0o555);
      chmodSync(goroot(host), 0o555);
    },
    told: "not listed, or with another mode: go.env",
  },
  "a link in Go": {
    harm: (host) =>
      change(goroot(host, "src/fmt/print.go"), (file) => {
        unlinkSync(file);
        symlinkSync("/etc/passwd", file);
      }),
    told: "missing, or with another mode: src/fmt/print.go",
  },
  "no Go at all": { harm: (host) => removeWorkspace(host.path("versions")), told: "this Go is gone" },
  "a wrapper that was edited": {
    harm: (host) => appendFileSync(host.path("generations/2/bin/go"), "# more\n"),
    told: "generations/2/bin/go: not as airgo makes it",
  },
  "a wrapper of an earlier generation": {
    harm: (host) => appendFileSync(host.path("generations/1/bin/gofmt"), "# more\n"),
    told: "generations/1/bin/gofmt: not as airgo makes it",
  },
  "a wrapper that everybody can write": {
    harm: (host) => chmodSync(host.path("generations/2/bin/go"), 0o777),
    told: "generations/2/bin/go: users other than its owner can write it",
  },
  "a program more": {
    harm: (host) => cpSync(host.path("generations/2/bin/go"), host.path("generations/2/bin/vet")),
    told: "generations/2/bin/vet: no part of the generation",
  },
  "an environment file that is gone": {
    harm: (host) => rmSync(host.path("generations/2/env/airgo.sh")),
    told: "generations/2/env/airgo.sh: it is gone",
  },
  "a GOROOT link that leads elsewhere": {
    harm: (host) => {
      rmSync(host.path("generations/2/go"));
      symlinkSync("/usr", host.path("generations/2/go"));
    },
    told: "generations/2/go: not as airgo makes it",
  },
  "a table of a generation that was edited": {
    harm: (host) => edit(host.path("generations/2/generation.tsv"), /^default\t.*$/m, "default\t1.2.3"),
    told: "generations/2/generation.tsv: not in the form that it must have",
    stays: true,
  },
  "a table of a kit": {
    harm: (host) => appendFileSync(host.papers(host.next, "kit/toolchains.tsv"), "\n"),
    told: "kit/toolchains.tsv: it was changed",
  },
  "a table more": {
    harm: (host) => writeFileSync(host.papers(host.next, "kit/more.tsv"), ""),
    told: "kit/more.tsv: the sums of its kit do not list it",
  },
  "a kit's sums, and what they list": {
    harm: (host) => {
      writeFileSync(host.path("proxy/example.com/one/@v/v1.1.0.zip"), "evil");
      edit(
        host.papers(host.next, "SHA256SUMS"),
        /^[0-9a-f]{64}(?= {2}proxy\/example\.com\/one\/@v\/v1\.1\.0\.zip)/m,
        "0".repeat(64),
      );
    },
    told: "SHA256SUMS: it is not that of the kit",
  },
  "the signed document": {
    harm: (host) => edit(host.papers(host.next, "outer/SHA256SUMS"), /^./, "0"),
    told: "outer/SHA256SUMS.release.sig: a trusted key should have made this signature, and it is bad",
  },
  "a signature": {
    harm: (host) => flip(host.papers(host.next, "outer/SHA256SUMS.release.sig")),
    told: "outer/SHA256SUMS.release.sig: a trusted key should have made this signature, and it is bad",
  },
  "a signature that is gone": {
    harm: (host) => rmSync(host.papers(host.next, "outer/SHA256SUMS.release.sig")),
    told: "outer: its signatures are gone",
  },
  "a key that was withdrawn": {
    harm: (host) => rmSync(host.path("trust/release.pub.pem")),
    told: "no key that is trusted now has signed this kit",
    stays: true,
  },
  "keys that others could have put there": {
    harm: (host) => chmodSync(host.path("trust"), 0o777),
    told: "others could have put keys there",
    stays: true,
  },
  "papers that are gone": {
    harm: (host) => removeWorkspace(host.papers(host.next)),
    told: "the papers of this kit are gone",
    stays: true,
  },
  "a module's zip": {
    harm: (host) => flip(host.path("proxy/example.com/one/@v/v1.0.0.zip")),
    told: "v1.0.0.zip: it was changed",
  },
  "a module file that is gone": {
    harm: (host) => rmSync(host.path("proxy/example.com/one/@v/v1.1.0.mod")),
    told: "v1.1.0.mod: it is gone",
  },
  "a record of the checksum database": {
    harm: (host) => edit(host.path(lookup), "17", "18"),
    told: "lookup/example.com/one@v1.0.0: it was changed",
  },
  "a list with a version more": {
    harm: (host) => appendFileSync(host.path(list), "v9.9.9\n"),
    told: "list: its versions are not those",
  },
  "a list with a version less": {
    harm: (host) => writeFileSync(host.path(list), "v1.0.0\n"),
    told: "list: its versions are not those",
  },
  "a list that is gone": { harm: (host) => rmSync(host.path(list)), told: "list: it is gone" },
  "a module that no kit has": {
    harm: (host) => {
      mkdirSync(host.path("proxy/evil.example.com/@v"), { recursive: true });
      writeFileSync(host.path("proxy/evil.example.com/@v/list"), "v1.0.0\n");
    },
    told: "evil.example.com/@v/list: no kit here lists it",
  },
  "odd names in the proxy": {
    harm: (host) => writeFileSync(host.path("proxy", "a b\nc"), ""),
    told: "a b: no kit lists such a name",
  },
  "a link in the proxy": {
    harm: (host) => {
      renameSync(host.path("proxy/example.com"), join(host.tmp, "example.com"));
      removeWorkspace(join(host.tmp, "example.com"));
      symlinkSync("/etc", host.path("proxy/example.com"));
    },
    told: "proxy/example.com: no kit here lists it",
  },
  "a module file that only root can read": {
    harm: (host) => chmodSync(host.path("proxy/example.com/one/@v/v1.0.0.zip"), 0o600),
    told: "v1.0.0.zip: its mode is not the one that it was made with",
  },
  "no proxy at all": { harm: (host) => removeWorkspace(host.path("proxy")), told: "v1.0.0.zip: it is gone" },
  "a file of another user": {
    harm: (host) => chownSync(host.path("proxy/example.com/one/@v/v1.0.0.mod"), 65534, 65534),
    told: "v1.0.0.mod: it belongs to another user",
  },
  "airgo-kit": {
    harm: (host) => appendFileSync(host.path("bin/airgo-kit"), "\n"),
    told: "airgo-kit: it is the install.sh of no kit here",
  },
  "a program beside airgo-kit": {
    harm: (host) => writeFileSync(host.path("bin/go"), ""),
    told: "bin/go: no part of an installation",
  },
  "a stranger at the top": {
    harm: (host) => writeFileSync(host.path("evil"), ""),
    told: "evil: no part of an installation",
  },
  "a stranger among the Go versions": {
    harm: (host) => mkdirSync(host.path("versions/evil")),
    told: "versions/evil: no part of an installation",
  },
  "a stranger among the generations, with dots": {
    harm: (host) => mkdirSync(host.path("generations/..evil")),
    told: "generations/..evil: no part of an installation",
  },
  "a stranger among the papers, with dots": {
    harm: (host) => mkdirSync(host.path("kits/..evil")),
    told: "kits/..evil: no papers of a kit",
  },
  "a generation with a number that no run gives": {
    harm: (host) =>
      run(["cp", "-a", host.path("generations/1"), host.path("generations/99999999999999999999")]),
    told: "generations/99999999999999999999: no part of an installation",
  },
  "a generation with a number that begins with zero": {
    harm: (host) => run(["cp", "-a", host.path("generations/1"), host.path("generations/08")]),
    told: "generations/08: no part of an installation",
  },
  "something in the place of a mark": {
    harm: (host) => {
      rmSync(host.path("generations/1/activated"));
      mkdirSync(host.path("generations/1/activated"));
      writeFileSync(host.path("generations/1/activated/evil"), "");
    },
    told: "generations/1/activated: no part of the generation",
  },
  "something in a mark": {
    harm: (host) => writeFileSync(host.path("generations/1/activated"), "evil"),
    told: "generations/1/activated: no part of the generation",
  },
  "a stranger beside the signatures": {
    harm: (host) => writeFileSync(host.papers(host.kit, "outer/evil.sh"), ""),
    told: "outer/evil.sh: no part of the papers",
  },
  "a lock that is a link": {
    harm: (host) => {
      renameSync(host.path(".airgo.lock"), host.path("log/lock"));
      symlinkSync("log/lock", host.path(".airgo.lock"));
    },
    told: ".airgo.lock: no plain file",
    stays: true,
  },
  "a row of outside.tsv that airgo does not write": {
    harm: (host) => appendFileSync(host.path("outside.tsv"), `${"0".repeat(64)}\t/etc/passwd\n`),
    told: "outside.tsv: a row that airgo does not write",
  },
  "a current that names no folder of generations": {
    harm: (host) => {
      rmSync(host.path("current"));
      symlinkSync("2", host.path("current"));
    },
    told: "current: it leads to no generation",
  },
  "a current that leads nowhere": {
    harm: (host) => {
      rmSync(host.path("current"));
      symlinkSync("generations/7", host.path("current"));
    },
    told: "current: it leads to no generation",
  },
};
