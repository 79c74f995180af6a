import { InvalidInputError } from "../../core/errors.ts";
import { givenEnvironment } from "../../infra/given_environment.ts";
import type { FrameSource, OpenFrames } from "../../store/foreign.ts";

/** Decodes videos of any codec with FFmpeg, a program that is not part of the installation. */

const PROGRAM = "ffmpeg";

/** Containers that a video may be in: none of them names other files. */
const FORMATS = "mov,matroska,avi,mpegts";

/** Only what Deno lets a command pass on that may start FFmpeg alone. */
function environment() {
  return { clearEnv: true, env: givenEnvironment() };
}

/** Decodes by FFmpeg; null if the PATH has none. */
export async function findFfmpeg(): Promise<OpenFrames | null> {
  try {
    const command = new Deno.Command(PROGRAM, {
      args: ["-version"],
      stdout: "null",
      stderr: "null",
      ...environment(),
    });
    return (await command.output()).success ? openFrames : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

function openFrames(
  file: string,
  { width, height }: { readonly width: number; readonly height: number },
): FrameSource {
  // A playlist in the place of a video would have it open other files, and addresses of networks.
  const only = ["-protocol_whitelist", "file", "-format_whitelist", FORMATS];
  const input = ["-nostdin", "-v", "error", ...only, "-i", `file:${file}`];
  // Every frame once, whatever the file says of its rate.
  const output = ["-map", "0:v:0", "-fps_mode", "passthrough", "-s", `${width}x${height}`];
  const raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"];
  const args = [...input, ...output, ...raw];
  const process = new Deno.Command(PROGRAM, {
    args,
    stdout: "piped",
    stderr: "piped",
    ...environment(),
  }).spawn();
  const stdout = process.stdout.getReader(), errors = new Response(process.stderr).text();
  let rest = new Uint8Array(0);
  return {
    async read(count) {
      const frames = new Uint8Array(count * width * height * 3);
      let filled = 0;
      while (filled < frames.length) {
        if (rest.length === 0) {
          const { value } = await stdout.read();
          if (value === undefined) break;
          rest = value;
        }
        const part = rest.subarray(0, frames.length - filled);
        frames.set(part, filled);
        filled += part.length;
        rest = rest.subarray(part.length);
      }
      if (filled === 0 && count > 0) throw undecodable(file, await errors);
      return frames.subarray(0, filled);
    },
    async [Symbol.asyncDispose]() {
      await stdout.cancel();
      try {
        process.kill("SIGKILL");
      } catch {
        // it has ended
      }
      await Promise.all([process.status, errors]);
    },
  };
}

function undecodable(file: string, found: string): InvalidInputError {
  const [line = "no frames"] = found.trim().split("\n");
  return new InvalidInputError({
    action: "decode",
    place: file,
    expected: "a video",
    found: line || "no frames",
    remedy: "copy the dataset again, or skip videos with --skip-videos",
  });
}
