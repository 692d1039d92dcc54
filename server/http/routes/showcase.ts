/** The gallery of the models that come along, under `/showcase/`: a list, the sheets as `deno task gallery` drew them, and their pictures. */

const FOLDER = new URL("../../../docs/gallery/", import.meta.url);

/** Names of models and sheets: nothing that could lead out of the folder. */
const SHEET = /^\/showcase\/([a-z0-9]+)\/([a-z0-9-]+)\.svg(?:\/(\d{1,3})\.png)?$/;

/** The pictures of a sheet, row by row. */
const PICTURES = /href="data:image\/png;base64,([^"]*)"/g;

/** A path of `gallery.json`. */
interface Walk {
  readonly file: string;
  readonly index: number;
  readonly label: number;
  /** Their grades: what was asked for, and who reads what. */
  readonly frames: readonly object[];
}

/** Answers `/showcase/index.json`, `/showcase/<model>/<sheet>.svg`, and the pictures in it, `/showcase/<model>/<sheet>.svg/<number>.png`. */
export async function respondWithShowcase(_request: Request, url: URL): Promise<Response> {
  if (url.pathname === "/showcase/index.json") return Response.json(await listed());
  const [, model, name, number] = SHEET.exec(url.pathname) ?? [];
  const sheet = model &&
    await Deno.readTextFile(new URL(`${model}/${name}.svg`, FOLDER)).catch(() => null);
  if (!sheet) return notFound();
  if (number === undefined) return answer(sheet, "image/svg+xml");
  const picture = [...sheet.matchAll(PICTURES)][Number(number)];
  return picture ? answer(Uint8Array.fromBase64(picture[1]), "image/png") : notFound();
}

function answer(body: BodyInit, type: string): Response {
  return new Response(body, { headers: { "content-type": type, "cache-control": "no-cache" } });
}

function notFound(): Response {
  return new Response("Not found\n", { status: 404 });
}

/** Every model that has been drawn and comes along, with its sheets in order. */
async function listed() {
  const models = [];
  for await (const { name, isDirectory } of Deno.readDir(FOLDER)) {
    if (!isDirectory) continue;
    const text = await Deno.readTextFile(new URL(`${name}/gallery.json`, FOLDER));
    const { title, dataset, probe, split, scale, judge, measurement, walks, shipped } = JSON.parse(
      text,
    ) as Record<string, unknown> & { scale: string[]; walks: Walk[] };
    if (shipped === false) continue;
    const sheetOf = ({ file, index, label, frames }: Walk) => {
      const url = `showcase/${name}/${file}`;
      return {
        ...{ split, index, label, url },
        caption: `Image ${index} of ${split}, labeled ${scale[label]}`,
        rebuilt: `${url}/0.png`,
        frames: frames.map((frame, i) => ({ ...frame, url: `${url}/${i + 1}.png` })),
      };
    };
    const sheets = walks.map(sheetOf);
    models.push({ name, title, dataset, probe, judge, measurement, sheets });
  }
  return models.sort((a, b) => a.name < b.name ? -1 : 1);
}
