/** Pictures on top of each other, of which the one at a place is seen, or two while the place lies between them. */

interface Props {
  readonly urls: readonly (string | undefined)[];
  /** From 0 to the index of the last. */
  readonly at: number;
  /** Empty where another picture says the same. */
  readonly alt: string;
}

/** All pictures are there all the time, so nothing flickers and nothing has to be fetched on the way. */
export function Fade({ urls, at, alt }: Props) {
  const low = Math.floor(at);
  return (
    <span class="fade" {...(alt ? { role: "img", "aria-label": alt } : { "aria-hidden": true })}>
      {urls.map((url, i) =>
        url && <img key={i} src={url} alt="" style={{ opacity: opacityOf(i, low, at - low) }} />
      )}
    </span>
  );
}

/** The lower picture is whole, so that the two never let the ground shine through. */
function opacityOf(index: number, low: number, share: number): number {
  return index === low ? 1 : index === low + 1 ? share : 0;
}
