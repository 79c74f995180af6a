/** Checks joints of a URDF for what MuJoCo's reader ignores. */

/** Something that a URDF cannot have here. */
export interface UrdfFault {
  readonly found: string;
  readonly remedy: string;
}

/** Joints of a URDF that have limits. */
const LIMITED = ["revolute", "prismatic"];

/**
 * Checks the limits of the joints of a URDF: MuJoCo takes those that are exchanged, or absent, for a
 * joint without end.
 *
 * @returns Faults of exchanged limits; notes of absent ones, by joint
 */
export function checkUrdfJoints(urdf: string): { faults: UrdfFault[]; notes: string[] } {
  const faults: UrdfFault[] = [], notes: string[] = [];
  const text = urdf.replaceAll(/<!--[\s\S]*?-->/g, "");
  for (const [, head, body] of text.matchAll(/<joint\s([^>]*)>([\s\S]*?)<\/joint>/g)) {
    const name = attribute(head!, "name") ?? "", type = attribute(head!, "type") ?? "";
    if (!LIMITED.includes(type)) continue; // a joint of a transmission has no type
    const [, limit] = /<limit\s([^>]*)>/.exec(body!) ?? [];
    const low = Number(attribute(limit ?? "", "lower") ?? 0);
    const high = Number(attribute(limit ?? "", "upper") ?? 0);
    if (low > high) {
      const found = `joint "${name}" with lower limit ${low} above upper limit ${high}`;
      faults.push({ found, remedy: "exchange them" });
    } else if (low === high) {
      const found = limit === undefined ? "has no limits" : `has limits ${low} and ${high}`;
      notes.push(`joint "${name}" ${found}: it moves without end`);
    }
  }
  return { faults, notes };
}

function attribute(text: string, name: string): string | undefined {
  const [, double, single] = new RegExp(`(?:^|\\s)${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`)
    .exec(text) ?? [];
  return double ?? single;
}
