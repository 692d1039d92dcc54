/** The path below which the server is found from outside, where it does not have a name for itself alone. */

import { InputError } from "@countergrade/countergrade";

/** @throws {InputError} When a text is no such path, as `/countergrade`. */
export function checkBasePath(text: string): string {
  const path = text.replace(/\/+$/, "");
  if (path === "" || /^(\/[\w.~-]+)+$/.test(path) && !/\/\.\.?(\/|$)/.test(path)) return path;
  throw new InputError(
    `Cannot use the base path "${text}": expected letters, digits and . _ ~ - between slashes, as /countergrade`,
  );
}

/** A request as it is without the base path, which a proxy may have taken away already. */
export function withoutBase(request: Request, base: string): Request {
  const url = new URL(request.url);
  if (base === "" || !url.pathname.startsWith(`${base}/`)) return request;
  url.pathname = url.pathname.slice(base.length);
  return new Request(url, request);
}

/** Where a browser goes that leaves out the slash: addresses on the page are relative. */
export function toFolder({ url }: Request, base: string): Response | undefined {
  if (base === "" || new URL(url).pathname !== base) return undefined;
  return new Response(null, { status: 308, headers: { location: `${base}/` } });
}
