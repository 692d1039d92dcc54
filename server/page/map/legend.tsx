/** What the colors mean; a grade can be taken out of the map and put back. */

import type { Group } from "./groups.ts";

interface Props {
  readonly title: string;
  readonly groups: readonly Group[];
  readonly hidden: ReadonlySet<number>;
  toggle(group: number): void;
}

/** A button per grade, with the number of its points. */
export function MapLegend({ title, groups, hidden, toggle }: Props) {
  return (
    <ul class="map-legend" aria-label={title}>
      {groups.map(({ name, share, count }, i) => (
        <li key={name}>
          <button type="button" aria-pressed={!hidden.has(i)} onClick={() => toggle(i)}>
            <span
              class="chip"
              style={share === undefined
                ? { background: "var(--line)" }
                : { "--severity": `${Math.round(100 * share)}%` }}
            />
            {name} <small>{count.toLocaleString("en")}</small>
          </button>
        </li>
      ))}
    </ul>
  );
}

/** What the marks of a path mean. */
export function PathLegend() {
  return (
    <ul class="map-legend marks">
      <li>
        <svg width="22" height="22" aria-hidden="true" class="path">
          <circle class="original" cx="11" cy="11" r="6" />
        </svg>
        the original
      </li>
      <li>
        <svg width="22" height="22" aria-hidden="true" class="path">
          <circle class="frame" cx="11" cy="11" r="8" />
        </svg>
        edited codes, as asked for
      </li>
      <li>
        <svg width="22" height="22" aria-hidden="true" class="path">
          <rect class="image" x="5" y="5" width="12" height="12" />
        </svg>
        the rendered images, encoded again
      </li>
    </ul>
  );
}
