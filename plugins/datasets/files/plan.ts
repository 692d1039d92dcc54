/** From a folder to a plan, by listing folders and reading tables, not pixels. */

import { FormatError } from "@countergrade/countergrade";
import type { Description } from "./description.ts";
import { type Folder, tablesOf } from "./folder.ts";
import { hasBratsPatients, planBrats } from "./plan_brats.ts";
import { planClassFolders, splitFolders } from "./plan_folders.ts";
import { planSpider } from "./plan_spider.ts";
import { planTable } from "./plan_table.ts";
import { planVertebrae } from "./plan_vertebrae.ts";
import type { Plan } from "./source.ts";

/** How a folder becomes a plan, by recipe. */
export type Recipe = NonNullable<Description["recipe"]> | "table" | "class folders";

const PLANS: Record<
  Exclude<Recipe, "pictures">,
  (folder: Folder, description: Description) => Promise<Plan>
> = {
  spider: planSpider,
  brats: planBrats,
  vertebrae: planVertebrae,
  table: planTable,
  "class folders": planClassFolders,
};

/** What a folder looks like, or undefined where it does not look like a data set. Reads no file. */
export function recognize(folder: Folder, description: Description): Recipe | undefined {
  const { recipe = "pictures", table, labelFolder } = description;
  if (recipe !== "pictures") return recipe;
  if (labelFolder !== undefined) return "class folders";
  const has = (...names: string[]) => names.every((name) => folder.folders.includes(name));
  if (folder.files.includes("radiological_gradings.csv") && has("images", "masks")) return "spider";
  if (has("imagesTr", "labelsTr") || hasBratsPatients(folder)) return "brats";
  if (table !== undefined || tablesOf(folder).length) return "table";
  return folder.folders.length >= 2 || splitFolders(folder).length ? "class folders" : undefined;
}

/** @throws {FormatError} When the folder does not look like a data set, or no image is left. */
export async function planOf(folder: Folder, description: Description): Promise<Plan> {
  const recipe = recognize(folder, description);
  if (!recipe || recipe === "pictures") {
    throw new FormatError(
      "Cannot open the folder: expected a table with columns path and label, or a folder per class",
    );
  }
  const plan = await PLANS[recipe](folder, description);
  if (plan.sources.length) return plan;
  const [first] = plan.skipped;
  throw new FormatError(
    `Cannot open the folder: expected images, there are none${
      first ? `; ${plan.skipped.length} were left out, as ${first.file}: ${first.reason}` : ""
    }`,
  );
}
