import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { openRoot } from "../../runtime/data/root_identity.ts";
import { openDataRoot } from "../../runtime/data/data_root.ts";
import { wait } from "../../runtime/services/wait.ts";
import { goTool } from "../../tools/go_tool.ts";
import { check, goChecker } from "./_checkers.ts";
import { freePort } from "./_server_programs.ts";

/** What the tests read of a service. */
interface Service {
  readonly image: string;
  readonly command: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly networks: readonly string[];
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: object;
  readonly restart?: string;
  readonly [setting: string]: unknown;
}

const FILE = new URL("../../infra/compose/compose.yaml", import.meta.url).pathname;

const TEXT = await Deno.readTextFile(FILE);

const { services }: { readonly services: Readonly<Record<string, Service>> } = parse(TEXT, {
  merge: true,
});

const COMPOSE = await goChecker("compose-go");

const VERSITYGW = await goTool("versitygw");

const SKIPPED = VERSITYGW.executables === null ? ` (skipped: ${VERSITYGW.reason})` : "";

Deno.test("compose.yaml gives containers no rights, and listens on loopback alone", () => {
  for (const name of ["worker", "sluice", "s3"]) {
    const service = services[name]!;
    assert.equal(service["read_only"], true);
    assert.deepEqual([service["tmpfs"], service["cap_drop"]], [["/tmp"], ["ALL"]]);
    assert.deepEqual(service["security_opt"], ["no-new-privileges:true"]);
    assert.ok(!service["user"] && !service["privileged"]);
  }
  for (const { ports = [] } of Object.values(services)) {
    for (const port of ports) assert.match(port, /^127\.0\.0\.1:/);
  }
});

Deno.test("compose.yaml starts two workers that share a bucket alone", () => {
  const { deploy, environment, volumes, networks } = services["worker"]!;
  assert.deepEqual(deploy, { replicas: 2 });
  assert.match(environment["SLUICE_HOME"]!, /^s3:/);
  assert.deepEqual(volumes, [environment["SLUICE_CACHE"]]); // without a name: each has its own
  assert.deepEqual([networks, services["s3"]!.networks], [["temporal", "s3"], ["s3"]]);
  assert.equal(
    services["s3"]!.environment["ROOT_SECRET_ACCESS_KEY"],
    environment["AWS_SECRET_ACCESS_KEY"],
  );
});

Deno.test("compose.yaml names versions of images, and waits for what can say that it is well", () => {
  for (const [name, { image, depends_on = {} }] of Object.entries(services)) {
    if (!image.startsWith("${SLUICE_IMAGE")) assert.match(image, /:v?\d+\.\d+(\.\d+)?$/, name);
    for (const [other, { condition }] of Object.entries(depends_on)) {
      const { healthcheck, restart } = services[other]!;
      if (condition === "service_healthy") assert.ok(healthcheck, `${name}: ${other}`);
      else assert.notEqual(restart, "unless-stopped", `${name}: ${other}`);
    }
  }
});

Deno.test({
  name: `compose.yaml follows the Compose specification${COMPOSE.skipped}`,
  ignore: COMPOSE.path === null,
  fn: async () => {
    const resolved = parse(await check(COMPOSE, ["compose.yaml"], dirname(FILE)));
    assert.equal(resolved.services.worker.environment.AWS_SECRET_ACCESS_KEY, "sluice-secret");
    const directory = await Deno.makeTempDir();
    try {
      const wrong = TEXT.replace("read_only: true", "readonly: true");
      await Deno.writeTextFile(join(directory, "compose.yaml"), wrong);
      const args = ["compose.yaml"];
      await assert.rejects(check(COMPOSE, args, directory), /'readonly' not allowed/);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});

Deno.test({
  name: `compose.yaml's store has the bucket of its workers when it says that it is well${SKIPPED}`,
  ignore: VERSITYGW.executables === null,
  fn: async () => {
    const directory = await Deno.makeTempDir(), port = await freePort();
    const { entrypoint: [shell, ...options] = [], command, environment } = services["s3"]!;
    const program = command[0]!.replaceAll("$$", "$").replaceAll("/objects", directory)
      .replace(":7070", `127.0.0.1:${port}`);
    const secret = environment["ROOT_SECRET_ACCESS_KEY"]!.replace(/^.*:-(.*)\}$/, "$1");
    const path = `${dirname(VERSITYGW.executables!["versitygw"]!)}:${Deno.env.get("PATH")}`;
    const server = new Deno.Command(shell!, {
      args: [...options, program],
      env: { ...environment, ROOT_SECRET_ACCESS_KEY: secret, PATH: path },
      stdout: "null",
      stderr: "null",
    }).spawn();
    try {
      const isWell = () =>
        fetch(`http://127.0.0.1:${port}/health`)
          .then((answer) => answer.body?.cancel().then(() => answer.ok), () => false);
      while (!await isWell()) await wait(50);
      const open = async (worker: string, create: boolean) => {
        const variables = {
          ...services["worker"]!.environment,
          AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}`,
          AWS_SECRET_ACCESS_KEY: secret,
          SLUICE_CACHE: join(directory, worker),
        };
        return (await openDataRoot({ environment: variables, from: "/", create })).root;
      };
      const [first, second] = [await open("worker-1", true), await open("worker-2", false)];
      const onNote = () => assert.fail("the data directory is in its place");
      const ids = await Promise.all(
        [first, second].map(async (root) => (await openRoot(root, { environment: {}, onNote })).id),
      );
      assert.notEqual(first, second);
      assert.equal(ids[0], ids[1]);
    } finally {
      server.kill("SIGTERM");
      await server.status;
      await Deno.remove(directory, { recursive: true });
    }
  },
});
