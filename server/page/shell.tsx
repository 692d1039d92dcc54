/** The frame of the page: its name, the way to every view, and the view that the address asks for. */

import { address, addressOf } from "./address.ts";
import { Explorer } from "./explorer.tsx";
import { Jobs } from "./jobs.tsx";
import { Latents } from "./map.tsx";
import { Trainings } from "./training.tsx";

/** The views, by the name that the address has for them. */
const VIEWS = {
  explorer: { title: "Explorer", Body: Explorer },
  map: { title: "Latent map", Body: Latents },
  training: { title: "Training", Body: Trainings },
  jobs: { title: "Jobs and plugins", Body: Jobs },
};

/** The page. */
export function Shell() {
  const asked = address.value.get("view") ?? "";
  const view = Object.hasOwn(VIEWS, asked) ? asked as keyof typeof VIEWS : "explorer";
  const { Body } = VIEWS[view];
  return (
    <>
      <header>
        <h1>
          <img src="/icon.svg" alt="" width="28" height="28" /> Countergrade
        </h1>
        <nav aria-label="Views">
          {Object.entries(VIEWS).map(([name, { title }]) => (
            <a key={name} href={addressOf(name)} aria-current={name === view ? "page" : undefined}>
              {title}
            </a>
          ))}
        </nav>
      </header>
      <main class={view}>
        <Body />
      </main>
    </>
  );
}
