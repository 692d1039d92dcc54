/** Certificates of a test's own, by openssl. */

/** Files of a certificate, its key, and the one that certifies it. */
export interface Certificates {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/** Certifies a host's name by a new authority; undefined where there is no openssl. */
export async function certificatesFor(
  host: string,
  folder: string,
): Promise<Certificates | undefined> {
  const at = (name: string) => `${folder}/${name}`;
  const fresh = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const authority = ["-x509", "-days", "2", "-subj", "/CN=authority"];
  const name = ["-subj", `/CN=${host}`, "-addext", `subjectAltName=DNS:${host}`];
  try {
    await openssl("req", ...fresh, ...authority, "-keyout", at("ca.key"), "-out", at("ca.pem"));
    await openssl("req", ...fresh, ...name, "-keyout", at("server.key"), "-out", at("server.csr"));
    await openssl(
      ...["x509", "-req", "-in", at("server.csr"), "-CA", at("ca.pem"), "-CAkey", at("ca.key")],
      ...["-days", "2", "-copy_extensions", "copy", "-out", at("server.pem")],
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  return { ca: at("ca.pem"), certificate: at("server.pem"), key: at("server.key") };
}

async function openssl(...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("openssl", { args }).output();
  if (!success) throw new Error(`openssl ${args[0]}: ${new TextDecoder().decode(stderr)}`);
}
