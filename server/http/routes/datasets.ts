/** Images of data sets under `/datasets/<id>/<split>/<index>.png?v=<version>`, rendered when asked for. */

import { respondImmutable, wholeContent } from "../files/immutable.ts";
import { cutIn, cutText } from "../plane_cut.ts";
import { type DatasetPictures, pngOf, versionOf } from "../dataset_pictures.ts";

/** Answers a request for an image. @throws {NotFoundError} @throws {InputError} For an unknown split. */
export async function respondWithDatasetImage(
  request: Request,
  url: URL,
  pictures: DatasetPictures,
): Promise<Response> {
  const match = /^\/datasets\/([^/]+)\/([^/]+)\/(\d{1,9})\.png$/.exec(url.pathname);
  const [id, split, index] = match?.slice(1).map(decode) ?? [];
  if (id === undefined || split === undefined) return new Response("Not found\n", { status: 404 });
  const dataset = await pictures.dataset(id);
  const version = versionOf(dataset);
  const asked = url.searchParams.get("v");
  if (asked !== null && asked !== version) return new Response("Not found\n", { status: 404 });
  const cut = cutIn(url.searchParams);
  const part = cut ? `/${cutText(cut)}` : "";
  const etag = `"${version}/${encodeURIComponent(split)}/${index}${part}"`;
  const response = await respondImmutable(
    request,
    { etag, type: "image/png" },
    async () => wholeContent(pngOf(await pictures.image(dataset, split, Number(index)), cut)),
  );
  // Without a version the address means whatever the data set holds now.
  if (asked === null) response.headers.set("cache-control", "no-cache");
  return response;
}

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
