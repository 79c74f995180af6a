import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import type { S3Credentials, WebIdentity } from "../../../store/blobs/s3_settings.ts";
import { S3Blobs } from "../../../store/blobs/s3_blobs.ts";
import { elementContents } from "../../../store/blobs/xml.ts";

/** Limits that let a test see a store which never answers. */
const LIMITS = { attempts: 2, firstWait: 1, idle: 2000 };

const KEYS = { accessKeyId: "key", secretAccessKey: "secret" };

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** Lends a store that answers every request in one way, and the requests that it got. */
async function withStore(
  answer: Answer,
  test: (blobs: S3Blobs, requests: readonly IncomingMessage[]) => Promise<void>,
  credentialsAt: (origin: string) => S3Credentials | WebIdentity = () => KEYS,
): Promise<void> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    response.on("error", () => {}); // the reader has gone
    answer(response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // it has a port
  try {
    const settings = { endpoint, region: "us-east-1", credentials: credentialsAt(endpoint) };
    await test(new S3Blobs({ bucket: "robots", prefix: "reach" }, settings, LIMITS), requests);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

const ENCODED = "<EncodingType>url</EncodingType>";

function page(entries: string, next = ""): Answer {
  const more = next === "" ? "" : `<NextContinuationToken>${next}</NextContinuationToken>`;
  return (response) =>
    response.end(`<ListBucketResult>${ENCODED}${entries}${more}</ListBucketResult>`);
}

function entry(key: string, size: number | string = 1): string {
  return `<Contents><Key>${key}</Key><Size>${size}</Size></Contents>`;
}

/** Writes as long as someone reads. */
function endless(response: ServerResponse): void {
  const part = new Uint8Array(2 ** 20);
  const more = () => {
    while (!response.destroyed && response.write(part));
    if (!response.destroyed) response.once("drain", more);
  };
  more();
}

async function listAll(blobs: S3Blobs): Promise<readonly string[]> {
  return (await Array.fromAsync(blobs.list(""))).map(({ key }) => key);
}

Deno.test("S3Blobs.list() refuses keys that are no paths below its place", async (t) => {
  const hostile = {
    "reach/../../etc/passwd": "objects with relative paths",
    "reach/..%2f..%2fetc": "objects with relative paths",
    "reach/%2e%2e/x": "objects with relative paths",
    "reach//x": "objects with relative paths",
    "reach/./x": "objects with relative paths",
    "reach/a%0Ab": "objects with relative paths",
    "reach/a%5Cb": "objects with relative paths",
    "reach/%E0%A4%A": "objects below the prefix",
    "reach": "objects below the prefix",
    "/reach/x": "objects below the prefix",
    "": "objects below the prefix",
  };
  for (const [key, expected] of Object.entries(hostile)) {
    await t.step(key, () =>
      withStore(page(entry(key)), async (blobs) => {
        await assert.rejects(listAll(blobs), (error: Error) => {
          assert.equal(error.name, "StoreAccessError");
          assert(error.message.includes(expected), error.message);
          return true;
        });
      }));
  }
  for (const size of ["", "-", "1e999", "9".repeat(30)]) {
    await t.step(
      `size ${size}`,
      () =>
        withStore(
          page(entry("reach/x", size === "" ? "x" : size)),
          (blobs) => assert.rejects(listAll(blobs), { name: "StoreAccessError" }),
        ),
    );
  }
});

Deno.test("S3Blobs.list() passes over the marks of folders", () =>
  withStore(
    page(entry("reach/", 0) + entry("reach/data/", 0) + entry("reach/data/x")),
    async (blobs) => assert.deepEqual(await listAll(blobs), ["data/x"]),
  ));

Deno.test("S3Blobs.list() ends where a list does not", async (t) => {
  for (const entries of [entry("reach/x"), ""]) {
    await t.step(
      `the same page again, ${entries.length} characters`,
      () =>
        withStore(page(entries, "again"), async (blobs, requests) => {
          await assert.rejects(listAll(blobs), {
            name: "StoreAccessError",
            message: /expected a list that ends, found the same page again and again/,
          });
          assert(requests.length <= 3);
        }),
    );
  }
  await t.step("empty pages", () => {
    let count = 0;
    return withStore(
      (response, request) => page("", `page-${count++}`)(response, request),
      (blobs) =>
        assert.rejects(listAll(blobs), { name: "StoreAccessError", message: /a list that ends/ }),
    );
  });
});

Deno.test("S3Blobs reads answers no further than they can be", async (t) => {
  const listing = (blobs: S3Blobs) => listAll(blobs);
  const object = (blobs: S3Blobs) => blobs.get("x");
  const bomb = gzipSync(new Uint8Array(2 ** 28), { level: 9 });
  const cases: readonly [string, (blobs: S3Blobs) => Promise<unknown>, Answer][] = [
    ["a listing without end", listing, endless],
    ["an object without end", object, endless],
    ["a compressed object", object, (response) => {
      response.writeHead(200, { "content-encoding": "gzip", "content-length": bomb.length });
      response.end(bomb);
    }],
    ["an object of an exabyte", object, (response) => {
      response.writeHead(200, { "content-length": 2 ** 50 });
      endless(response);
    }],
    ["a listing of a terabyte", listing, (response) => {
      response.writeHead(200, { "content-length": 2 ** 40 });
      endless(response);
    }],
  ];
  for (const [name, ask, answer] of cases) {
    await t.step(name, () =>
      withStore(answer, (blobs) =>
        assert.rejects(ask(blobs), {
          name: "StoreAccessError",
          message: /expected an answer of at most \d+ bytes, found a longer one/,
        })));
  }
  await t.step("a refusal without end", () =>
    withStore((response) => {
      response.writeHead(403);
      response.write("<Error><Code>AccessDenied</Code></Error>");
      endless(response);
    }, (blobs) => assert.rejects(object(blobs), { name: "StoreAccessError" })));
});

Deno.test("S3Blobs follows no redirect with its credentials", async () => {
  let visits = 0;
  const other = createServer((_, response) => {
    visits++;
    response.end("stolen");
  });
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  try {
    const location = `http://127.0.0.1:${(other.address() as AddressInfo).port}/x`; // it has a port
    for (const status of [301, 302, 307, 308]) {
      await withStore(
        (response) => response.writeHead(status, { location }).end(),
        (blobs) => assert.rejects(blobs.get("x"), { name: "StoreAccessError" }),
      );
    }
    const role = (service: string) => ({ role: "arn", service, readToken: () => "jwt" });
    await withStore(
      (response) => response.writeHead(307, { location }).end(),
      (blobs) => assert.rejects(blobs.get("x"), { name: "TransientStoreError" }),
      role,
    );
    assert.equal(visits, 0);
  } finally {
    await new Promise((resolve) => other.close(resolve));
  }
});

Deno.test("S3Blobs gives up a token service that does not answer, or never ends to", async () => {
  const role = (service: string) => ({ role: "arn", service, readToken: () => "jwt" });
  for (const answer of [() => {}, endless]) {
    await withStore(
      answer,
      (blobs) => assert.rejects(blobs.get("x"), /Cannot (ask for credentials|assume the role)/),
      role,
    );
  }
});

Deno.test("elementContents() is linear where elements do not end", () => {
  assert.deepEqual([...elementContents("<a>1</a><b/><a>2</a><a>3", "a")], ["1", "2"]);
  assert.deepEqual([...elementContents("</a><a><a>1</a>", "a")], ["<a>1"]);
  // As a pattern, this took minutes.
  assert.deepEqual([...elementContents("<a>".repeat(2 ** 20), "a")], []);
  const bomb = `<!DOCTYPE x [<!ENTITY a "${"b".repeat(1000)}">]><a>${"&a;".repeat(1000)}</a>`;
  assert.equal([...elementContents(bomb, "a")][0], "&a;".repeat(1000));
});
