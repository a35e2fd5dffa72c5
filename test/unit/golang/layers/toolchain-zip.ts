import { inspectZip, type ZipEntry } from "../../../../src/modules/zip-inspect.js";
import { makeZip, type ZipEntry as ZipInput } from "../../../support/make-zip.js";

/** A made-up toolchain module of one architecture. */
export interface MadeToolchain {
  readonly arch: string;
  readonly prefix: string;
  readonly zip: Buffer;
  readonly entries: readonly ZipEntry[];
  readonly h1: string;
}

/** A small tree with everything that real ones have: programs, scripts, `_go.mod`, an empty file, a longer text. */
export function toolchainFiles(arch: string): ZipInput[] {
  return [
    { name: "VERSION", data: "go1.99.1\ntime 2026-10-19T22:20:36Z\n" },
    { name: "bin/go", data: `the go command for ${arch} `.repeat(9000) },
    { name: "bin/gofmt", data: `gofmt for ${arch}` },
    { name: `pkg/tool/linux_${arch}/compile`, data: `compile for ${arch}` },
    { name: "src/all.bash", data: "#!/usr/bin/env bash\n" },
    { name: "src/_go.mod", data: "module std\n" },
    { name: "src/cmd/_go.mod", data: "module cmd\n" },
    { name: "src/not_go.mod", data: "plain\n" },
    { name: "lib/wasm/go_js_wasm_exec", data: "#!/bin/sh\n" },
    { name: "src/empty/a", data: "" },
    { name: "src/empty/b", data: "" },
    { name: "src/stored.syso", data: Buffer.alloc(70_000, "stored"), store: true },
    { name: "src/block.txt", data: "x".repeat(512) },
    { name: "src/zz_empty", data: "" },
  ];
}

/** A toolchain module's zip as inspectZip sees it. */
export async function makeToolchain(
  arch: string,
  files: readonly ZipInput[] = toolchainFiles(arch),
): Promise<MadeToolchain> {
  const prefix = `golang.org/toolchain@v0.0.1-go1.99.1.linux-${arch}/`;
  const zip = makeZip(files.map((file) => ({ ...file, name: prefix + file.name })));
  const { entries = [], h1 } = await inspectZip(zip, { prefix, keepEntries: true });
  return { arch, prefix, zip, entries, h1 };
}
