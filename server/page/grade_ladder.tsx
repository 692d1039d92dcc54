/** Three grades on one scale: asked for, in the code, in the picture. */

interface Props {
  /** The greatest grade. */
  top: number;
  target: number;
  latent?: number;
  image?: number;
}

/** A line with marks, and the same in figures. */
export function GradeLadder({ top, target, latent, image }: Props) {
  return (
    <span class="ladder">
      <span class="line" aria-hidden="true">
        <i class="mark target" style={{ left: place(target, top) }} />
        {latent !== undefined && <i class="mark latent" style={{ left: place(latent, top) }} />}
        {image !== undefined && <i class="mark image" style={{ left: place(image, top) }} />}
      </span>
      <span class="figure">
        code <b>{shown(latent)}</b>
      </span>
      <span class="figure">
        picture <b>{shown(image)}</b>
      </span>
    </span>
  );
}

/** A grade with one decimal, or a dash. */
export function shown(grade: number | null | undefined): string {
  // A minus of its own for what rounds to zero would confuse.
  return typeof grade === "number" ? (Math.round(grade * 10) / 10 + 0).toFixed(1) : "–";
}

/** Beyond the scale a mark stays a little outside of it. */
function place(grade: number, top: number): string {
  return `${Math.min(104, Math.max(-4, grade / Math.max(top, 1) * 100))}%`;
}
