/** What is installed: every part that plugins bring, by family, with its options and their defaults. */

import { addressOf } from "../shared/address.ts";
import { type Plugin, PLUGINS } from "./operations.ts";
import { OptionsTable } from "./plugin_options.tsx";
import { useQuery } from "../shared/query.ts";

/** The plugins that are loaded. */
export function Installed() {
  const { data, trouble } = useQuery<Answer>(PLUGINS);
  if (!data) return <p class="note" role="status">{trouble || "Loading …"}</p>;
  const offered = new Set(data.tasks.map(({ name }) => name));
  return (
    <div class="plugins">
      {familiesOf(data.plugins).map(([family, members]) => (
        <section key={family} aria-label={family}>
          <h2>
            {family} <small>{members.length}</small>
          </h2>
          {members.map((member) => (
            <MemberOf
              key={member.name}
              member={member}
              task={family === "tasks" ? offered.has(member.name) ? "here" : "local" : undefined}
            />
          ))}
        </section>
      ))}
    </div>
  );
}

interface Answer {
  readonly plugins: readonly Plugin[];
  /** Those that the server offers. */
  readonly tasks: readonly { name: string }[];
}

type Member = Plugin["members"][number] & { readonly from: string };

/** A task that needs files of the caller's machine is left to the command line. */
function MemberOf({ member, task }: { member: Member; task?: "here" | "local" }) {
  const { name, description, from, optionsSchema } = member;
  const options = Object.keys(optionsSchema?.properties ?? {}).length;
  return (
    <details class="member">
      <summary>
        <b>{name}</b> <span class="quiet">{description}</span>
      </summary>
      <p class="note">
        From {from}. {options === 0 && "It has no options. "}
        {task === "here" && <a href={addressOf("jobs", { show: "start", task: name })}>Start it</a>}
        {task === "local" && "It needs files of your machine: start it from the command line."}
      </p>
      {options > 0 && <OptionsTable schema={optionsSchema!} />}
    </details>
  );
}

/** Members by family, in the order in which plugins brought them. */
function familiesOf(plugins: readonly Plugin[]): [string, Member[]][] {
  const families = new Map<string, Member[]>();
  for (const { id, version, members } of plugins) {
    for (const member of members) {
      const list = families.get(member.family) ?? [];
      families.set(member.family, list);
      list.push({ ...member, from: `${id} ${version}` });
    }
  }
  return [...families];
}
