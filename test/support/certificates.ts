import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A certificate authority of one test, and a server's certificate from it. */
export interface Authority {
  /** File and text of the authority's own certificate, PEM. */
  readonly file: string;
  readonly ca: string;
  /** PEM; for localhost and 127.0.0.1, where no other names were given. */
  readonly server: { readonly key: string; readonly cert: string };
}

const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

function openssl(...args: string[]): void {
  execFileSync("openssl", args, { stdio: "ignore" });
}

/** Makes an authority with the machine's openssl; its files lie in `folder` under `name`. */
export function makeAuthority(
  folder: string,
  name: string,
  serverNames = "DNS:localhost,IP:127.0.0.1",
): Authority {
  const at = (ending: string): string => join(folder, `${name}.${ending}`);
  openssl(
    "req",
    "-x509",
    ...newKey,
    "-keyout",
    at("key"),
    "-out",
    at("pem"),
    "-days",
    "2",
    "-subj",
    `/CN=${name}`,
  );
  openssl("req", ...newKey, "-keyout", at("server.key"), "-out", at("csr"), "-subj", "/CN=localhost");
  writeFileSync(at("ext"), `subjectAltName=${serverNames}\n`);
  const signer = [
    "-CA",
    at("pem"),
    "-CAkey",
    at("key"),
    "-CAcreateserial",
    "-days",
    "2",
    "-extfile",
    at("ext"),
  ];
  openssl("x509", "-req", "-in", at("csr"), ...signer, "-out", at("server.pem"));
  const text = (ending: string): string => readFileSync(at(ending), "utf8");
  return { file: at("pem"), ca: text("pem"), server: { key: text("server.key"), cert: text("server.pem") } };
}
