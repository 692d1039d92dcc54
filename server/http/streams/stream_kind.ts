/** In which form a client takes a stream of results. */

/** Server-sent events, by the GraphQL over SSE protocol; or parts, by the multipart subscription protocol of Apollo's clients. */
export type StreamKind = "events" | "parts";

/** What an `accept` header asks for; undefined when a stream is none of it. What is named goes before what `*` allows. */
export function streamKindOf(accept: string | null): StreamKind | undefined {
  const ranges = (accept ?? "*/*").toLowerCase().split(",").map((range) =>
    range.split(";").map((part) => part.trim())
  );
  const named = ranges.map(([type, ...parameters]): StreamKind | undefined => {
    if (parameters.includes("q=0")) return undefined;
    if (type === "text/event-stream") return "events";
    const version = parameters.find((parameter) => parameter.startsWith("subscriptionspec="));
    return type === "multipart/mixed" && /="?1\.0"?$/.test(version ?? "") ? "parts" : undefined;
  }).find((kind) => kind !== undefined);
  if (named) return named;
  return ranges.some(([type]) => type === "*/*" || type === "text/*") ? "events" : undefined;
}
