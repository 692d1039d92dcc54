/** What ran, what can be started, and what is installed. */

import { address, addressOf } from "../shared/address.ts";
import { JobDetail } from "./detail.tsx";
import { JobList } from "./list.tsx";
import { StartTask } from "./start.tsx";
import { Installed } from "./plugins.tsx";

/** The parts of the view, by the name that the address has for them. */
const PARTS = {
  ran: { title: "What ran", Body: Ran },
  start: { title: "Start a task", Body: StartTask },
  plugins: { title: "Plugins", Body: Installed },
};

/** The view. */
export function Jobs() {
  const asked = address.value.get("show") ?? "";
  const part = Object.hasOwn(PARTS, asked) ? asked as keyof typeof PARTS : "ran";
  const { Body } = PARTS[part];
  return (
    <>
      <nav class="tabs" aria-label="Jobs and plugins">
        {Object.entries(PARTS).map(([name, { title }]) => (
          <a
            key={name}
            href={addressOf("jobs", name === "ran" ? {} : { show: name })}
            aria-current={name === part ? "page" : undefined}
          >
            {title}
          </a>
        ))}
      </nav>
      <Body />
    </>
  );
}

/** The list, and beside it the job that the address names. */
function Ran() {
  const id = address.value.get("job");
  return (
    <div class="sides" data-open={id ? true : undefined}>
      <JobList chosen={id} />
      {id ? <JobDetail key={id} id={id} /> : (
        <section class="empty aside">
          <h2>Choose a job</h2>
          <p class="note">Its options, its progress and what it has stored are shown here.</p>
        </section>
      )}
    </div>
  );
}
