/** The color of a grade, from mild to severe. */

/** Sets `--severity` from 0 to 1; the style sheet makes a color of it. */
export function severity(grade: number, grades: number): Record<string, string> {
  const share = grades > 1 ? Math.min(1, Math.max(0, grade / (grades - 1))) : 0;
  return { "--severity": `${Math.round(share * 100)}%` };
}
