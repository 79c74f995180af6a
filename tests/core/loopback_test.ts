import assert from "node:assert/strict";
import { isLoopbackHost } from "../../core/loopback.ts";

Deno.test("isLoopbackHost() knows this machine, and no name that merely looks like it", () => {
  for (const url of ["http://localhost:9000", "http://127.0.0.1/x", "https://[::1]:443"]) {
    assert.ok(isLoopbackHost(new URL(url).hostname), url);
  }
  for (const url of ["http://localhost.example.com", "http://127.0.0.2", "http://[::2]"]) {
    assert.ok(!isLoopbackHost(new URL(url).hostname), url);
  }
});
