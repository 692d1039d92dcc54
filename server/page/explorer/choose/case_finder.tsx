/** Finding cases: of a grade, by chance, those that are misread most, or by their number. */

/// <reference lib="dom" />

import { model } from "../path/main.ts";
import { chooseIndex } from "../state.ts";
import { ORDERS } from "./case_order.ts";
import { filter, findCases, finding, split } from "./gallery_state.ts";
import { wholeNumber } from "./method.ts";
import { splitsOf } from "./model_state.ts";

/** Chips for grades, an order, a number. */
export function CaseFinder() {
  const scale = model.value?.scale;
  if (!scale) return null;
  const { label, order } = filter.value;
  const size = splitsOf(model.value).find(({ name }) => name === split.value)?.size ?? 0;
  return (
    <div class="finder" aria-busy={finding.value}>
      {scale.type !== "CONTINUOUS" && (
        <div class="chips" role="group" aria-label="Only of grade">
          <Chip title="all" pressed={label === undefined} choose={() => findCases({ order })} />
          {scale.names.map((name, grade) => (
            <Chip
              key={name}
              title={String(grade)}
              name={name}
              pressed={label === grade}
              choose={() => findCases({ order, label: grade })}
            />
          ))}
        </div>
      )}
      <div class="finder-row">
        <select
          aria-label="Order of the images"
          value={order}
          onChange={({ currentTarget }) =>
            findCases({ label, order: currentTarget.value as keyof typeof ORDERS })}
        >
          {Object.entries(ORDERS)
            .filter(([name]) => name !== "disagreement" || scale.type !== "NOMINAL")
            .map(([name, title]) => <option key={name} value={name}>{title}</option>)}
        </select>
        <label class="number">
          No.
          <input
            type="number"
            min={0}
            max={size - 1}
            placeholder={`0–${size - 1}`}
            onChange={({ currentTarget }) => {
              const index = wholeNumber(currentTarget.value, { least: 0, most: size - 1 });
              if (index !== undefined) chooseIndex(index);
            }}
          />
        </label>
      </div>
      <p class="note" role="status">{finding.value ? "Looking through the images …" : ""}</p>
    </div>
  );
}

function Chip({ title, name, pressed, choose }: {
  title: string;
  name?: string;
  pressed: boolean;
  choose(): void;
}) {
  return (
    <button
      type="button"
      aria-pressed={pressed}
      aria-label={name ? `${title}, ${name}` : "all grades"}
      title={name}
      onClick={choose}
    >
      {title}
    </button>
  );
}
