/** The frame of the page: its name, the way to every view, and the view that the address asks for. */

/// <reference lib="dom" />

import { useEffect, useRef } from "preact/hooks";
import { address, addressOf } from "./shared/address.ts";
import { connection } from "./shared/connection.ts";
import { Explorer } from "./explorer/explorer.tsx";
import { Jobs } from "./jobs/jobs.tsx";
import { KeyPrompt } from "./shared/key_prompt.tsx";
import { LinkProblem } from "./shared/link_problem.tsx";
import { Latents } from "./map/map.tsx";
import { Study } from "./study/view.tsx";
import { Trainings } from "./training/training.tsx";

/** The views, by the name that the address has for them. */
const VIEWS = {
  explorer: { title: "Explorer", Body: Explorer },
  map: { title: "Latent map", Body: Latents },
  study: { title: "Reader study", Body: Study },
  training: { title: "Training", Body: Trainings },
  jobs: { title: "Jobs and plugins", Body: Jobs },
};

/** The page. */
export function Shell() {
  const asked = address.value.get("view") ?? "";
  const isKnown = !asked || Object.hasOwn(VIEWS, asked);
  const view = asked && isKnown ? asked as keyof typeof VIEWS : "explorer";
  const { Body, title } = VIEWS[view];
  const main = useRef<HTMLElement>(null);
  useEffect(() => {
    document.title = `${title} · Countergrade`;
  }, [title]);
  // The address after the # is that of a view, so the way past the navigation is no plain link.
  const skip = (event: Event) => {
    event.preventDefault();
    main.current?.focus();
  };
  return (
    <>
      <a class="skip" href="#content" onClick={skip}>Skip to the content</a>
      <header>
        <h1>
          <img src="icon.svg" alt="" width="28" height="28" /> Countergrade
        </h1>
        <nav aria-label="Views">
          {Object.entries(VIEWS).map(([name, { title }]) => (
            <a
              key={name}
              href={addressOf(name)}
              aria-current={isKnown && name === view ? "page" : undefined}
            >
              {title}
            </a>
          ))}
        </nav>
      </header>
      <main id="content" class={view} ref={main} tabIndex={-1}>
        {isKnown
          ? <Body />
          : <LinkProblem missing={[`The view “${asked}”`]} view="explorer" title="The explorer" />}
      </main>
      <div class="connection" role="status">
        {connection.value === "gone" && (
          <p>
            <b>The server cannot be reached.</b> Trying again; the page goes on by itself.
          </p>
        )}
      </div>
      <footer>
        For research, not for diagnosis: a counterfactual shows what a model has learned from its
        training images. It is no statement about a patient.
      </footer>
      <KeyPrompt />
    </>
  );
}
