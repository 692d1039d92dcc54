/** An answer that goes on: items one after the other, a sign of life while there is none. */

/** How often a quiet stream gives a sign, in ms: between client and server nobody takes it for dead. */
const PING = 12_000;

/** How a stream is written down. */
export interface Form<Item> {
  /** Its media type. */
  readonly type: string;
  readonly begin: string;
  readonly ping: string;
  readonly end: string;
  next(item: Item): string;
}

/** An answer that goes on as long as there are items. */
export function streamResponse<Item>(items: AsyncIterator<Item>, form: Form<Item>): Response {
  return new Response(bodyOf(items, form), {
    headers: {
      "content-type": form.type,
      "cache-control": "no-cache, no-transform",
      // Proxies would gather events until their buffer is full.
      "x-accel-buffering": "no",
    },
  });
}

function bodyOf<Item>(items: AsyncIterator<Item>, form: Form<Item>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let timer: ReturnType<typeof setInterval> | undefined;
  return new ReadableStream({
    start(controller) {
      controller.enqueue(encoder.encode(form.begin));
      timer = setInterval(() => {
        // What waits to be read is sign enough.
        if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(form.ping));
      }, PING);
    },
    async pull(controller) {
      try {
        const { value, done } = await items.next();
        if (value) controller.enqueue(encoder.encode(form.next(value)));
        if (!done) return;
        controller.enqueue(encoder.encode(form.end));
        clearInterval(timer);
        controller.close();
      } catch (error) {
        clearInterval(timer);
        controller.error(error);
      }
    },
    async cancel() {
      clearInterval(timer);
      await items.return?.();
    },
  });
}
