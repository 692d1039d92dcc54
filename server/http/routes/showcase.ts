/** The gallery of the models that come along, under `/showcase/`: a list, and the sheets as `deno task gallery` drew them. */

const FOLDER = new URL("../../../docs/gallery/", import.meta.url);

/** Names of models and sheets: nothing that could lead out of the folder. */
const SHEET = /^\/showcase\/([a-z0-9]+)\/([a-z0-9-]+\.svg)$/;

interface Walk {
  readonly file: string;
  readonly index: number;
  readonly label: number;
}

/** Answers `/showcase/index.json` and `/showcase/<model>/<sheet>.svg`. */
export async function respondWithShowcase(_request: Request, url: URL): Promise<Response> {
  if (url.pathname === "/showcase/index.json") return Response.json(await listed());
  const [, model, file] = SHEET.exec(url.pathname) ?? [];
  const bytes = model && await Deno.readFile(new URL(`${model}/${file}`, FOLDER)).catch(() => null);
  if (!bytes) return new Response("Not found\n", { status: 404 });
  const headers = { "content-type": "image/svg+xml", "cache-control": "no-cache" };
  return new Response(bytes, { headers });
}

/** Every model that has been drawn, with its sheets in order. */
async function listed() {
  const models = [];
  for await (const { name, isDirectory } of Deno.readDir(FOLDER)) {
    if (!isDirectory) continue;
    const text = await Deno.readTextFile(new URL(`${name}/gallery.json`, FOLDER));
    const { title, dataset, split, scale, walks } = JSON.parse(text) as {
      title: string;
      dataset: string;
      split: string;
      scale: string[];
      walks: Walk[];
    };
    models.push({
      name,
      title,
      dataset,
      sheets: walks.map(({ file, index, label }) => ({
        split,
        index,
        url: `showcase/${name}/${file}`,
        caption: `Image ${index} of ${split}, labeled ${scale[label]}`,
      })),
    });
  }
  return models.sort((a, b) => a.name < b.name ? -1 : 1);
}
