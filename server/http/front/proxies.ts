/** Proxies in front of the server that are believed: who the client is stands in a header of theirs. */

import { BlockList, isIP } from "node:net";
import { InputError } from "@countergrade/countergrade";

/** The addresses of proxies that are believed. */
export class TrustedProxies {
  readonly #list = new BlockList();
  readonly #any: boolean;

  /** @throws {InputError} When a text is neither an address nor a network, as `10.0.0.0/8`. */
  constructor(texts: readonly string[]) {
    this.#any = texts.length > 0;
    for (const text of texts) {
      const [address, bits] = text.split("/");
      const family = familyOf(address);
      const most = family === "ipv4" ? 32 : 128;
      const wrong = !family || (bits !== undefined && (!/^\d+$/.test(bits) || Number(bits) > most));
      if (wrong) {
        throw new InputError(
          `Cannot trust the proxy "${text}": expected an address or a network, as 127.0.0.1 or 10.0.0.0/8`,
        );
      }
      if (bits === undefined) this.#list.addAddress(address, family);
      else this.#list.addSubnet(address, Number(bits), family);
    }
  }

  /**
   * Where a request comes from: the last address that no believed proxy has, read from the end of `x-forwarded-for`. What a client
   * writes there itself stands before that, and counts for nothing.
   */
  clientOf({ headers }: Request, address: string): string {
    if (!this.#any) return address;
    const way = (headers.get("x-forwarded-for") ?? "").split(",").map((part) => part.trim())
      .filter((part) => part !== "");
    let client = address;
    while (this.#trusts(client) && way.length > 0) client = withoutPort(way.pop()!);
    return client;
  }

  #trusts(address: string): boolean {
    const family = familyOf(address);
    return family !== undefined && this.#list.check(address, family);
  }
}

function familyOf(address: string): "ipv4" | "ipv6" | undefined {
  return ({ 4: "ipv4", 6: "ipv6" } as const)[isIP(address)];
}

/** Some proxies write the port too: `1.2.3.4:5678` or `[::1]:5678`. */
function withoutPort(text: string): string {
  return /^\[(.+)\](:\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
}
