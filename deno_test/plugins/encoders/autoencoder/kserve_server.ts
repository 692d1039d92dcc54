/** A server for tests that speaks the KServe v2 protocol, with binary tensors or JSON, and misbehaves on request. */

import type { Tensor } from "@countergrade/countergrade";

/** What a model of the server computes. */
export type ServedModel = {
  readonly input: { name: string; datatype?: string; shape: number[] };
  readonly output: { name: string; shape: number[] };
  run(rows: Tensor): Promise<Tensor>;
};

/** How the server answers. */
export interface Manner {
  /** Tensors as numbers in JSON instead of bytes behind it. */
  json?: boolean;
  /** Answers that come first, in place of the right ones. */
  faults?: (() => Response | Promise<Response>)[];
}

/** A running server. */
export interface KServeServer extends AsyncDisposable {
  readonly url: string;
  /** Requests so far, as "POST /v2/models/m/infer". */
  readonly log: string[];
  readonly manner: Manner;
}

const HEADER = "Inference-Header-Content-Length";

/** Serves models by name. */
export function serveModels(
  models: Record<string, ServedModel>,
  manner: Manner = {},
): KServeServer {
  const log: string[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    log.push(`${request.method} ${pathname}`);
    const fault = manner.faults?.shift();
    if (fault) return await fault();
    const [, name, verb] = pathname.match(/^\/v2\/models\/([^/]+)(\/infer)?$/) ?? [];
    const model = models[decodeURIComponent(name ?? "")];
    if (!model) return Response.json({ error: `unknown model '${name}'` }, { status: 404 });
    if (!verb) {
      const { input, output } = model;
      return Response.json({
        name,
        platform: "test",
        inputs: [{ datatype: "FP32", ...input, shape: [-1, ...input.shape] }],
        outputs: [{ name: output.name, datatype: "FP32", shape: [-1, ...output.shape] }],
      });
    }
    return await infer(model, request, manner);
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    log,
    manner,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function infer(model: ServedModel, request: Request, manner: Manner): Promise<Response> {
  const bytes = new Uint8Array(await request.arrayBuffer());
  const length = Number(request.headers.get(HEADER));
  const { inputs: [input], outputs: [asked] } = JSON.parse(
    new TextDecoder().decode(bytes.subarray(0, length)),
  );
  const raw = bytes.slice(length);
  if (input.parameters.binary_data_size !== raw.length || input.name !== model.input.name) {
    return Response.json({ error: "unexpected size or name of input" }, { status: 400 });
  }
  let result: Tensor;
  try {
    result = await model.run({ shape: input.shape, data: new Float32Array(raw.buffer) });
  } catch (error) {
    return Response.json({ error: String(error) }, { status: 400 });
  }
  const { shape, data } = result;
  const output = { name: asked.name, datatype: "FP32", shape };
  if (manner.json) return Response.json({ outputs: [{ ...output, data: [...data] }] });
  const parameters = { binary_data_size: data.byteLength };
  const head = new TextEncoder().encode(JSON.stringify({ outputs: [{ ...output, parameters }] }));
  const body = new Uint8Array(head.length + data.byteLength);
  body.set(head);
  body.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), head.length);
  return new Response(body, { headers: { [HEADER]: String(head.length) } });
}
