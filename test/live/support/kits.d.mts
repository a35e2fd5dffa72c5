/** What is told of a kit that was built. */
export interface KitFolder {
  readonly name: string;
  /** As docs/kit-format.md says. */
  readonly folder: string;
  readonly goVersion: string;
  readonly inputs: readonly {
    readonly name: string;
    readonly scope: string;
    readonly modules: readonly string[];
    readonly listed: readonly string[];
    readonly graph: readonly string[];
  }[];
  readonly zips: number;
  readonly zipBytes: number;
  readonly ms: number;
}

/** The parts of an AirgoError. */
export interface ToldError {
  readonly code: string;
  readonly message: string;
  readonly where?: string;
  readonly expected?: string;
  readonly found?: string;
  readonly hint?: string;
}

export interface BuiltKits {
  readonly kits?: readonly KitFolder[];
  readonly notes?: readonly string[];
  /** Why there is no kit. */
  readonly error?: ToldError;
}

/** Builds the folder of every kit of a manifest below `out`, in a process of its own. */
export function buildKitFolders(job: {
  readonly manifest: string;
  readonly store: string;
  readonly out: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
}): Promise<BuiltKits>;

/** Unpacks the Go of a kit that is for one architecture. */
export function unpackGo(kitFolder: string, goroot: string): Promise<void>;

export interface OfflineRun {
  /** The kit's folder, whose proxy tree is the only place to ask. */
  readonly kit: string;
  /** The command runs in a copy of it. */
  readonly project: string;
  /** `none` takes every go.sum and go.work.sum away first. */
  readonly sums?: "as they are" | "none";
  readonly env?: Readonly<Record<string, string>>;
}

export interface OfflineHost {
  /** Runs a line of shell with an empty home and empty module caches; one at a time. */
  run(
    command: string,
    run: OfflineRun,
  ): Promise<{
    readonly code: number;
    readonly stdout: string;
    readonly stderr: string;
    readonly ms: number;
  }>;
}

/** A host without a network; `gosumdb` only where the checksum database is not Go's default one. */
export function offlineHost(host: {
  readonly goroot: string;
  readonly scratch: string;
  readonly gosumdb?: string;
}): OfflineHost;
