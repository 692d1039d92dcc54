/** What is used of the package `semver`: its own types are a package more that whoever writes a plugin would install. */

export function satisfies(version: string, range: string): boolean;
export function validRange(range: string): string | null;
