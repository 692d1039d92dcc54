/** A row of pictures of which one is chosen: a radio group, with the arrow keys as users expect them. */

import type { ComponentChildren } from "preact";

interface Props<Item> {
  label: string;
  class: string;
  items: readonly Item[];
  keyOf(item: Item): string;
  nameOf(item: Item): string;
  isChosen(item: Item): boolean;
  choose(item: Item): void;
  children(item: Item): ComponentChildren;
}

const STEPS: Record<string, number> = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

/** The row. One tab stop; arrows move focus and choice, Home and End go to the ends. */
export function Choices<Item>(props: Props<Item>) {
  const { items } = props;
  const at = items.findIndex(props.isChosen);
  const go = (event: KeyboardEvent & { currentTarget: HTMLElement }, from: number) => {
    const target = event.key === "Home"
      ? 0
      : event.key === "End"
      ? items.length - 1
      : event.key in STEPS
      ? from + STEPS[event.key]
      : undefined;
    if (target === undefined) return;
    event.preventDefault();
    const item = items[target];
    if (!item) return;
    (event.currentTarget.parentElement?.children[target] as HTMLElement | undefined)?.focus();
    props.choose(item);
  };
  return (
    <div role="radiogroup" aria-label={props.label} class={props.class}>
      {items.map((item, i) => (
        <button
          key={props.keyOf(item)}
          type="button"
          role="radio"
          aria-checked={i === at}
          aria-label={props.nameOf(item)}
          tabIndex={i === Math.max(at, 0) ? 0 : -1}
          onClick={() => props.choose(item)}
          onKeyDown={(event) => go(event, i)}
        >
          {props.children(item)}
        </button>
      ))}
    </div>
  );
}
