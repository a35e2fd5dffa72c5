import { readFileSync } from "node:fs";

/** The fenced blocks of a language in a Markdown file, in order. */
export function fencedBlocks(file: string, language: string): string[] {
  const fence = new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, "gm");
  return [...readFileSync(file, "utf8").matchAll(fence)].map((match) => match[1] ?? "");
}
