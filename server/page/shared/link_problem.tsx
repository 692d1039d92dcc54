/** A link that asks for what is not here: what that is, and no other thing in its place. */

import { addressOf } from "./address.ts";

interface Props {
  /** What is asked for and is not here, as "the model probe-12". */
  readonly missing: readonly string[];
  /** The view, and what it is called. */
  readonly view: string;
  readonly title: string;
}

/** Says so; the address stays as it is. */
export function LinkProblem({ missing, view, title }: Props) {
  return (
    <section class="empty" role="alert">
      <h2>This link asks for what is not here</h2>
      <ul class="problem">{missing.map((text) => <li key={text}>{text}</li>)}</ul>
      <p class="note">
        It may come from another server, or what it names was removed. Nothing else is shown in its
        place.
      </p>
      <a class="action main" href={addressOf(view)}>{title} as usual</a>
    </section>
  );
}
