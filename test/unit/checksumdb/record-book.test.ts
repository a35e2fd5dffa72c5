import { expect, test } from "@jest/globals";

import { createRecordBook } from "../../../src/checksumdb/record-book.js";
import { clientOf, databaseWith } from "./helpers.js";

const { db, records } = databaseWith(5, [1, 3]);
const [one, three] = records;
const m1 = { path: "example.com/m1", version: "v1.0.0" };
const m3 = { path: "example.com/m3", version: "v1.0.0" };

test("a record is looked up once, also when asked for twice at a time", async () => {
  const client = clientOf(db);
  const book = createRecordBook(client, []);
  await expect(Promise.all([book.of(m1), book.of(m3), book.of(m1)])).resolves.toEqual([one, three, one]);
  expect(client.asked).toHaveLength(2);
});

test("a known record is not looked up", async () => {
  const client = clientOf(db);
  await expect(createRecordBook(client, records).of(m3)).resolves.toEqual(three);
  expect(client.asked).toEqual([]);
});

test("a lookup that failed is tried again when asked for again", async () => {
  let isDown = true;
  const client = clientOf(db, { change: (_, body) => (isDown ? undefined : body) });
  const book = createRecordBook(client, []);
  await expect(book.of(m1)).rejects.toEqual(expect.objectContaining({ code: "AIRGO_UPSTREAM_MISSING" }));
  isDown = false;
  await expect(book.of(m1)).resolves.toEqual(one);
});
