/** The conformance suite of the family `encoders`. */

import {
  CancelledError,
  type Encoder,
  type EncoderPlugin,
  FormatError,
  type Images,
  type Latents,
  row,
  sizeOf,
  tensor,
} from "@countergrade/countergrade";
import { mirroredWhere } from "@countergrade/countergrade/images";
import {
  type Check,
  check,
  ensure,
  ensureClose,
  ensureFinite,
  ensureRejects,
  optionChecks,
} from "./check.ts";

/** What the suite works on. */
export interface EncoderFixture {
  /** A model's file, as `train` or `convert` returns it; a small one. */
  readonly model: Uint8Array;
  /** At least two images `[n, c, h, w]` in [-1, 1] of the model's shape. */
  readonly images: Images;
  /** By how much results may differ between batches; 1e-4 by default. */
  readonly tolerance?: number;
}

/** The promises of an encoder plugin. Loads the model anew for each check. */
export function testEncoder(member: EncoderPlugin, fixture: EncoderFixture): Check[] {
  const { model, tolerance = 1e-4 } = fixture;
  const images = () => tensor(fixture.images.shape, fixture.images.data.slice());
  const [n] = fixture.images.shape;
  const loaded = (name: string, run: (encoder: Encoder) => Promise<void>) =>
    check(name, async () => {
      await using encoder = await member.load(model.slice());
      await run(encoder);
    });
  const few = (encoder: Encoder) => ({
    ...encoder.defaultSampler,
    inversionSteps: 4,
    renderSteps: 4,
  });
  const invert = async (encoder: Encoder, x: Images): Promise<Latents> => {
    const codes = await encoder.encode(x);
    return { codes, noise: await encoder.encodeStochastic(x, codes, { sampler: few(encoder) }) };
  };
  const shapeOf = (
    what: string,
    { shape }: { shape: readonly number[] },
    expected: readonly number[],
  ) =>
    ensure(
      shape.join() === expected.join(),
      `${what}: expected shape [${expected}], got [${shape}]`,
    );

  return [
    ...optionChecks(member.options),
    loaded("codes, noise and images have their shapes and are finite", async (encoder) => {
      const { codes, noise } = await invert(encoder, images());
      shapeOf("encode()", codes, [n, encoder.codeSize]);
      shapeOf("encodeStochastic()", noise, fixture.images.shape);
      const rendered = await encoder.render({ codes, noise }, { sampler: few(encoder) });
      shapeOf("render()", rendered, fixture.images.shape);
      for (const { data } of [codes, noise, rendered]) ensureFinite("results", data);
      const odd = rendered.data.find((v) => Math.abs(v) > 1 + 1e-3);
      ensure(odd === undefined, `render(): expected intensities in [-1, 1], got ${odd}`);
    }),
    loaded("the same call twice gives the same result", async (encoder) => {
      const [a, b] = [await invert(encoder, images()), await invert(encoder, images())];
      ensureClose("encode()", a.codes.data, b.codes.data);
      ensureClose("encodeStochastic()", a.noise.data, b.noise.data);
      const call = () => encoder.render(a, { sampler: few(encoder) });
      ensureClose("render()", (await call()).data, (await call()).data);
    }),
    loaded("a row does not depend on the batch that it comes in", async (encoder) => {
      const whole = await invert(encoder, images());
      const alone = await invert(encoder, row(images(), n - 1));
      ensureClose("encode()", alone.codes.data, row(whole.codes, n - 1).data, tolerance);
      ensureClose("encodeStochastic()", alone.noise.data, row(whole.noise, n - 1).data, tolerance);
      const last = { codes: row(whole.codes, n - 1), noise: row(whole.noise, n - 1) };
      const [all, one] = [
        await encoder.render(whole, { sampler: few(encoder) }),
        await encoder.render(last, { sampler: few(encoder) }),
      ];
      ensureClose("render()", one.data, row(all, n - 1).data, tolerance);
    }),
    loaded(
      "an encoder that mirrors images tells which, and mirror images apart",
      async (encoder) => {
        const mirrorsOf = async (x: Images) => encoder.mirrors?.(await encoder.encode(x));
        const told = await mirrorsOf(images());
        if (!told) return;
        ensure(told.length === n, `mirrors(): expected ${n} answers, got ${told.length}`);
        const others = await mirrorsOf(mirroredWhere(images(), () => true));
        ensure(
          told.some((is, i) => is !== others![i]),
          "mirrors(): expected another answer for a mirror image",
        );
      },
    ),
    loaded("no call changes what it is given", async (encoder) => {
      const x = images();
      const latents = await invert(encoder, x);
      const before = { codes: latents.codes.data.slice(), noise: latents.noise.data.slice() };
      await encoder.render(latents, { sampler: few(encoder) });
      ensureClose("images", x.data, fixture.images.data);
      ensureClose("codes", latents.codes.data, before.codes);
      ensureClose("noise", latents.noise.data, before.noise);
    }),
    loaded(
      "onStep() is called for each step, in order, with a preview of all images",
      async (encoder) => {
        const latents = await invert(encoder, images());
        const steps: number[] = [];
        let shape: readonly number[] = [];
        let end = 0;
        await encoder.render(latents, {
          sampler: few(encoder),
          onStep(step, total, preview) {
            steps.push(step);
            [end, shape] = [total, preview.shape];
          },
        });
        ensure(
          steps.length > 0 && steps.length === end,
          `Expected ${end} steps, got ${steps.length}`,
        );
        ensure(
          steps.every((s, i) => i === 0 || s > steps[i - 1]),
          `Expected rising steps, got ${steps}`,
        );
        shapeOf("preview", { shape }, fixture.images.shape);
      },
    ),
    loaded("a cancelled call stops within a step", async (encoder) => {
      const latents = await invert(encoder, images());
      const controller = new AbortController();
      let late = 0;
      const onStep = () => {
        if (controller.signal.aborted) late++;
        controller.abort(new CancelledError());
      };
      await ensureRejects(
        "render()",
        () => encoder.render(latents, { sampler: few(encoder), signal: controller.signal, onStep }),
        CancelledError,
      );
      ensure(late === 0, `Expected no step after the cancel, there were ${late}`);
      const { signal } = controller;
      await ensureRejects("encode()", () => encoder.encode(images(), { signal }), CancelledError);
    }),
    loaded("images and codes of a wrong shape are refused", async (encoder) => {
      const { imageShape } = encoder;
      const wider = imageShape.with(-1, imageShape.at(-1)! + 1);
      const wrong = tensor([1, ...wider], new Float32Array(sizeOf(wider)));
      await ensureRejects("encode()", () => encoder.encode(wrong), Error);
      const codes = tensor([n, encoder.codeSize + 1], new Float32Array(n * (encoder.codeSize + 1)));
      await ensureRejects("render()", () => encoder.render({ codes, noise: images() }), Error);
    }),
    check("after disposal every call is refused", async () => {
      const encoder = await member.load(model.slice());
      await encoder[Symbol.asyncDispose]();
      await ensureRejects("encode()", () => encoder.encode(images()), Error);
    }),
    check("load() refuses a damaged file", async () => {
      await ensureRejects(
        "half a file",
        () => member.load(model.slice(0, model.length >> 1)),
        FormatError,
      );
      await ensureRejects("no file", () => member.load(new Uint8Array(0)), FormatError);
    }),
  ];
}
