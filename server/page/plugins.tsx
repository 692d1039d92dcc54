/** What is installed: every part that plugins bring, by family, with its options and their defaults. */

import { addressOf } from "./address.ts";
import { type Plugin, PLUGINS } from "./jobs_operations.ts";
import { OptionsTable } from "./plugins_options.tsx";
import { useQuery } from "./query.ts";

/** The plugins that are loaded. */
export function Installed() {
  const { data, trouble } = useQuery<{ plugins: readonly Plugin[] }>(PLUGINS);
  if (!data) return <p class="note" role="status">{trouble || "Loading …"}</p>;
  return (
    <div class="plugins">
      {familiesOf(data.plugins).map(([family, members]) => (
        <section key={family} aria-label={family}>
          <h2>
            {family} <small>{members.length}</small>
          </h2>
          {members.map((member) => <MemberOf key={member.name} {...member} />)}
        </section>
      ))}
    </div>
  );
}

type Member = Plugin["members"][number] & { readonly from: string };

function MemberOf({ family, name, description, from, optionsSchema }: Member) {
  const options = Object.keys(optionsSchema?.properties ?? {}).length;
  return (
    <details class="member">
      <summary>
        <b>{name}</b> <span class="quiet">{description}</span>
      </summary>
      <p class="note">
        From {from}. {options === 0 && "It has no options."}
        {family === "tasks" && (
          <>
            {" "}
            <a href={addressOf("jobs", { show: "start", task: name })}>Start it</a>
          </>
        )}
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
