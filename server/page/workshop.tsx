/** What ran and what is installed: the latest jobs with their files, and every part that plugins bring. */

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { request } from "./client.ts";
import { type InstalledPlugin, type RecentJob, WORKSHOP } from "./operations.ts";

/** How often the lists are read again while they are shown, in ms. */
const REFRESH = 3000;

const lists = signal<{ jobs: readonly RecentJob[]; plugins: readonly InstalledPlugin[] }>({
  jobs: [],
  plugins: [],
});
const trouble = signal("");
let timer: ReturnType<typeof setTimeout> | undefined;

async function read(): Promise<void> {
  try {
    const { jobs, plugins } = await request<
      { jobs: { nodes: RecentJob[] }; plugins: InstalledPlugin[] }
    >(WORKSHOP);
    lists.value = { jobs: jobs.nodes, plugins };
    trouble.value = "";
  } catch {
    trouble.value = "The server does not answer; trying again.";
  }
  timer = setTimeout(read, REFRESH);
}

/** The view. */
export function Workshop() {
  useEffect(() => {
    read();
    return () => clearTimeout(timer);
  }, []);
  const { jobs, plugins } = lists.value;
  return (
    <div class="workshop">
      {trouble.value && <p class="note" role="status">{trouble.value}</p>}
      <h2>What ran</h2>
      {jobs.length ? <Jobs jobs={jobs} /> : <p class="note">Nothing yet.</p>}
      <h2>What is installed</h2>
      {familiesOf(plugins).map(([family, members]) => (
        <section key={family}>
          <h3>{family}</h3>
          <dl>
            {members.map(({ name, description, from }) => (
              <div key={name}>
                <dt title={from}>{name}</dt>
                <dd>{description}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </div>
  );
}

function Jobs({ jobs }: { jobs: readonly RecentJob[] }) {
  return (
    <div class="wide">
      <table>
        <thead>
          <tr>
            {["Task", "State", "Seed", "Options", "Results"].map((name) => (
              <th key={name} scope="col">{name}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {jobs.map(({ id, task, state, progress, seed, options, error, artifacts }) => (
            <tr key={id}>
              <th scope="row">{task}</th>
              <td>
                {state.toLowerCase()}
                {state === "RUNNING" && progress
                  ? ` ${Math.round(100 * progress.step / progress.total)} %`
                  : ""}
                {error && <small>{error.message}</small>}
              </td>
              <td>{seed}</td>
              <td>
                <code>{JSON.stringify(options)}</code>
              </td>
              <td>
                {artifacts.flatMap(({ files }) =>
                  files.map(({ name, url }) => <a key={url} href={url}>{name}</a>)
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Members by family, in the order in which plugins brought them. */
function familiesOf(plugins: readonly InstalledPlugin[]) {
  const families = new Map<string, { name: string; description: string; from: string }[]>();
  for (const { id, version, members } of plugins) {
    for (const { family, ...member } of members) {
      const list = families.get(family) ?? [];
      families.set(family, list);
      list.push({ ...member, from: `${id} ${version}` });
    }
  }
  return [...families];
}
