/** Text within markup. */

const ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text as it stands in an SVG. */
export function escaped(content: string): string {
  return content.replace(/[&<>"]/g, (c) => ESCAPES[c]);
}
