/** A worker that answers for all sources but those called `hang`, which keep it busy for ever. */

declare const self: {
  onmessage: (event: MessageEvent<{ number: number; source: { file: string } }>) => void;
  postMessage(message: unknown): void;
};

self.onmessage = ({ data: { number, source } }) => {
  if (source.file === "hang") {
    for (;;);
  }
  self.postMessage({ number, reading: { skipped: `seen ${source.file}` } });
};
