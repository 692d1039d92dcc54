/** How many requests with files are worked on at a time: each holds its files in memory. */

/** The most, and the most of one client, so that nobody takes them all. */
const PLACES = 8;
const OF_ONE_CLIENT = 4;

/** Places for forms. */
export class FormPlaces {
  readonly #taken = new Map<string, number>();
  #all = 0;

  /** Takes a place; undefined when there is none for the client, else what gives it back. */
  take(client: string): Disposable | undefined {
    const own = this.#taken.get(client) ?? 0;
    if (this.#all === PLACES || own === OF_ONE_CLIENT) return undefined;
    this.#all++;
    this.#taken.set(client, own + 1);
    return { [Symbol.dispose]: () => this.#free(client) };
  }

  #free(client: string): void {
    this.#all--;
    const own = this.#taken.get(client)! - 1;
    if (own > 0) this.#taken.set(client, own);
    else this.#taken.delete(client);
  }
}
