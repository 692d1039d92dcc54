/** What a job has stored: files to download, and where they come from. */

import { addressOf } from "../shared/address.ts";
import type { StoredThing } from "./operations.ts";

/** The artifacts of a job. */
export function Stored({ things }: { things: readonly StoredThing[] }) {
  if (!things.length) return null;
  return (
    <>
      <h3>Stored</h3>
      {things.map((thing) => <Thing key={thing.id} {...thing} />)}
    </>
  );
}

function Thing({ id, kind, title, files, provenance: { plugins, inputs } }: StoredThing) {
  return (
    <article class="thing">
      <h4>
        {title === id ? kind : title} <small>{kind}</small>
      </h4>
      {files.filter(({ name }) => PICTURES.test(name)).map(({ name, url }) => (
        <a key={name} href={url} class="stored-picture">
          <img src={url} alt={`${name} of ${title}`} loading="lazy" />
        </a>
      ))}
      <ul class="files">
        {files.map(({ name, url }) => (
          <li key={name}>
            <a href={url} download={name}>{name}</a>
          </li>
        ))}
      </ul>
      <p class="note">
        <code>{id}</code>, made by {plugins.map(({ id, version, loadedVersion }) =>
          `${id} ${version}${
            loadedVersion && loadedVersion !== version
              ? ` (now ${loadedVersion})`
              : loadedVersion
              ? ""
              : " (not installed now)"
          }`
        ).join(", ")}
        {inputs.length > 0 && `, from ${inputs.map(shortened).join(", ")}`}
      </p>
      {LINKS[kind] && <a href={LINKS[kind].to(id)}>{LINKS[kind].title}</a>}
    </article>
  );
}

/** Files that say in one picture what came out. */
const PICTURES = /^(figure|map)\.svg$/;

/** Where an artifact can be looked at. */
const LINKS: Readonly<Record<string, { title: string; to(id: string): string }>> = {
  probe: {
    title: "Open in the explorer",
    to: (id) => addressOf("explorer", { model: id }),
  },
};

/** Fingerprints are long; their beginning tells them apart. */
function shortened(input: string): string {
  return input.length > 40 ? `${input.slice(0, 24)}…` : input;
}
