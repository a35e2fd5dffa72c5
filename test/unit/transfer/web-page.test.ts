import { expect, test } from "@jest/globals";

import { refuseWebPage } from "../../../src/transfer/download/web-page.js";

const url = "https://goproxy.corp.example/a/@v/list";

test.each([
  "<!DOCTYPE html>\n<html>",
  "\u{feff}<html>",
  "\n  <head>",
  "<!-- filtered -->",
  '<?xml version="1.0"?>',
  "<script>location='/login'</script>",
])("%j is a web page, wherever it comes from", (text) => {
  expect(() => refuseWebPage(Buffer.from(text), url)).toThrow(
    expect.objectContaining({ code: "AIRGO_WEB_PAGE", where: url }),
  );
});

test.each([
  "",
  "module example.com/a\n",
  "v1.0.0\nv1.1.0\n",
  '{"Version":"v1.0.0"}',
  "go.sum database tree\n",
  "\u0000\u0001<html>",
  "module example.com/a // <html>\n",
])("%j is not", (text) => {
  expect(() => refuseWebPage(Buffer.from(text), url)).not.toThrow();
});

test("of a long page only the beginning is told, on one line", () => {
  expect(() => refuseWebPage(Buffer.from(`<html>\n${"x".repeat(5000)}`), url)).toThrow(
    expect.objectContaining({ found: expect.stringMatching(/^<html> x{150,200} …$/) }),
  );
});
