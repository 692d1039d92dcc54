/** The names of images of one's own, by their ids. */

import { useReading } from "../shared/query.ts";
import { everyNode } from "../shared/pages.ts";
import { OWN_IMAGES } from "./operations.ts";

interface OwnImage {
  readonly id: string;
  readonly title: string;
}

const UNKNOWN: ReadonlyMap<string, string> = new Map();

/** Read again every so often, in ms: images are sent all the time. */
const REFRESH = 20_000;

/** All that are known. */
export function useImageNames(): ReadonlyMap<string, string> {
  const { data } = useReading(
    async () =>
      new Map((await everyNode<OwnImage>(OWN_IMAGES)).map(({ id, title }) => [id, title])),
    "own images",
    REFRESH,
  );
  return data ?? UNKNOWN;
}
