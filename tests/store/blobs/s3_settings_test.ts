import assert from "node:assert/strict";
import { formatS3Place, parseS3Place, placesAbove } from "../../../store/blobs/s3_place.ts";
import { findS3Settings } from "../../../store/blobs/s3_settings.ts";

const KEYS = { AWS_ACCESS_KEY_ID: "AKIA", AWS_SECRET_ACCESS_KEY: "s3cret" };

const FILES: Readonly<Record<string, string>> = {
  "/home/a/.aws/config": `
[default]
region = eu-west-1
[profile lab]
region=eu-north-1
endpoint_url = https://s3.lab.example/
`,
  "/home/a/.aws/credentials": `
[default]
aws_access_key_id = D
aws_secret_access_key = d
# a comment
[lab]
aws_access_key_id=L
aws_secret_access_key=l
aws_session_token=t
`,
  "/token": "jwt\n",
};

function settingsOf(variables: Readonly<Record<string, string>>, insecure = false) {
  const readFile = (path: string) => FILES[path] ?? null;
  return findS3Settings({ variables, readFile, insecure });
}

Deno.test("findS3Settings() looks at variables, a web identity, then the profile", () => {
  assert.deepEqual(settingsOf({ ...KEYS, AWS_SESSION_TOKEN: "t", AWS_REGION: "eu-central-1" }), {
    endpoint: null,
    region: "eu-central-1",
    credentials: { accessKeyId: "AKIA", secretAccessKey: "s3cret", sessionToken: "t" },
  });
  assert.deepEqual(settingsOf({ HOME: "/home/a" }), {
    endpoint: null,
    region: "eu-west-1",
    credentials: { accessKeyId: "D", secretAccessKey: "d" },
  });
  assert.deepEqual(settingsOf({ HOME: "/home/a", AWS_PROFILE: "lab" }), {
    endpoint: "https://s3.lab.example",
    region: "eu-north-1",
    credentials: { accessKeyId: "L", secretAccessKey: "l", sessionToken: "t" },
  });
  const web = settingsOf({
    HOME: "/home/a",
    AWS_WEB_IDENTITY_TOKEN_FILE: "/token",
    AWS_ROLE_ARN: "arn:aws:iam::1:role/robot",
  }).credentials;
  assert("role" in web);
  assert.deepEqual([web.role, web.service, web.readToken()], [
    "arn:aws:iam::1:role/robot",
    "https://sts.eu-west-1.amazonaws.com",
    "jwt",
  ]);
});

Deno.test("findS3Settings() takes plain http to this machine, elsewhere only on request", () => {
  const endpoint = (url: string, insecure = false) =>
    settingsOf({ ...KEYS, AWS_ENDPOINT_URL_S3: url }, insecure).endpoint;
  for (const url of ["http://127.0.0.1:9000", "http://localhost:1", "http://[::1]:2"]) {
    assert.equal(endpoint(url), url);
  }
  assert.equal(endpoint("https://store.lab:9000/s3/"), "https://store.lab:9000/s3");
  assert.equal(endpoint("http://store.lab:9000", true), "http://store.lab:9000");
  assert.throws(() => endpoint("http://store.lab:9000"), {
    name: "InvalidInputError",
    message:
      'Cannot use endpoint "http://store.lab:9000": expected https, or http to this machine, ' +
      "found plain http, in which anyone on the way reads and changes what is stored: use https, or " +
      "say --insecure-store where the network is your own",
  });
  for (const url of ["store.lab:9000", "ftp://store.lab", "nonsense"]) {
    assert.throws(() => endpoint(url, true), /expected a URL beginning with https:\/\//);
  }
});

Deno.test("findS3Settings() says where credentials are looked for", () => {
  assert.throws(
    () => settingsOf({}),
    /expected credentials, found none: set AWS_ACCESS_KEY_ID and/,
  );
  assert.throws(
    () => settingsOf({ HOME: "/home/a", AWS_PROFILE: "other" }),
    /found none in profile "other": set/,
  );
});

Deno.test("parseS3Place() takes buckets and prefixes, and nothing that leads elsewhere", () => {
  for (const text of ["s3://robots", "s3://robots/team/reach-1", "s3://a.b-c1/x=1/y z"]) {
    assert.equal(formatS3Place(parseS3Place(text)), text);
  }
  assert.equal(formatS3Place(parseS3Place("S3://robots/team//")), "s3://robots/team");
  const bad = ["s3://", "s3://Robots/x", "s3://r/x", "s3://robots/../x", "s3://robots/a//b"];
  for (const text of [...bad, "s3://robots/a\nb", "s3://robots/a?b", "s3://user:pass@host/x"]) {
    assert.throws(() => parseS3Place(text), { name: "InvalidInputError" }, text);
  }
});

Deno.test("placesAbove() names every prefix that a place lies below, and the bucket", () => {
  const above = (text: string) => placesAbove(parseS3Place(text)).map(formatS3Place);
  assert.deepEqual(above("s3://robots/team/arm/left"), [
    "s3://robots",
    "s3://robots/team",
    "s3://robots/team/arm",
  ]);
  assert.deepEqual(above("s3://robots"), []);
});
