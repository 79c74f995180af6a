import assert from "node:assert/strict";
import { S3Blobs } from "../../../store/blobs/s3_blobs.ts";
import { MemoryS3 } from "./_memory_s3.ts";

/** What the token service answers, with keys for an hour. */
const ANSWER = `<AssumeRoleWithWebIdentityResponse><Credentials>
<AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>
<SessionToken>session</SessionToken><Expiration>2030-01-01T01:00:00Z</Expiration>
</Credentials></AssumeRoleWithWebIdentityResponse>`;

/** Runs a test with a token service; it gets what was asked of it. */
async function withService(
  answer: (asked: URLSearchParams) => Response,
  test: (service: string, asked: URLSearchParams[]) => Promise<void>,
): Promise<void> {
  const asked: URLSearchParams[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const form = new URLSearchParams(await request.text());
    asked.push(form);
    return answer(form);
  });
  try {
    await test(`http://127.0.0.1:${server.addr.port}`, asked);
  } finally {
    await server.shutdown();
  }
}

Deno.test("S3Blobs exchanges the token of a web identity once for keys that are valid for long", () =>
  withService(
    () => new Response(ANSWER, { headers: { date: "Tue, 01 Jan 2030 00:00:00 GMT" } }),
    async (service, asked) => {
      await using store = await MemoryS3.start();
      const credentials = { role: "arn:aws:iam::1:role/robot", service, readToken: () => "jwt" };
      const blobs = new S3Blobs({ bucket: "robots", prefix: "" }, {
        ...store.settings,
        credentials,
      });
      await blobs.put("a", new Uint8Array([1]));
      assert.deepEqual(Uint8Array.from((await blobs.get("a"))!), new Uint8Array([1]));
      assert.equal(asked.length, 1);
      assert.deepEqual(
        ["Action", "RoleArn", "WebIdentityToken"].map((name) => asked[0]!.get(name)),
        ["AssumeRoleWithWebIdentity", "arn:aws:iam::1:role/robot", "jwt"],
      );
      assert.match(store.authorizations[0]!, /Credential=ASIA\/\d{8}\/us-east-1\/s3\/aws4_request/);
    },
  ));

Deno.test("S3Blobs says that a token or role was refused", () =>
  withService(
    () => new Response("<Error><Code>InvalidIdentityToken</Code></Error>", { status: 400 }),
    async (service) => {
      await using store = await MemoryS3.start();
      const credentials = { role: "arn", service, readToken: () => "jwt" };
      const blobs = new S3Blobs({ bucket: "robots", prefix: "" }, {
        ...store.settings,
        credentials,
      });
      await assert.rejects(blobs.get("a"), {
        name: "InvalidInputError",
        message:
          'Cannot assume the role of "AWS_ROLE_ARN": expected temporary credentials, found a ' +
          "refusal (InvalidIdentityToken): correct AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE",
      });
    },
  ));
