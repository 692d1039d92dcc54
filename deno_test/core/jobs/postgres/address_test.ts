/** Addresses of PostgreSQL stores: what they say, and what is refused. */

import { InputError } from "@countergrade/countergrade";
import { storeAt } from "@countergrade/countergrade/jobs";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { readPostgresAddress } from "../../../../core/jobs/postgres/address.ts";

Deno.test("an address says host, port, database and user; beyond this machine TLS is the default", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/ca`, "PEM");
  await Deno.writeTextFile(`${folder}/word`, "se cret\n");
  const near = await readPostgresAddress("postgres://me@localhost/db");
  assertEquals(near, {
    host: "localhost",
    port: 5432,
    database: "db",
    user: "me",
    password: undefined,
    tls: false,
    blobs: undefined,
  });
  const far =
    `postgresql://me@db.example:6000/db?ca=${folder}/ca&password=${folder}/word&blobs=/mnt/files`;
  assertEquals(await readPostgresAddress(far), {
    host: "db.example",
    port: 6000,
    database: "db",
    user: "me",
    password: "se cret",
    tls: { ca: "PEM" },
    blobs: "/mnt/files",
  });
  const socket = await readPostgresAddress("postgres://me@%2Frun%2Fpostgresql/db");
  assertEquals([socket.host, socket.tls], ["/run/postgresql", false]);
  assertEquals((await readPostgresAddress("postgres://me@10.0.0.1/db?tls=off")).tls, false);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("an address that shows a password, lacks a part, or names no file is refused without being repeated", async () => {
  const refused = {
    "postgres://me:secret@db/x": "password in it",
    "postgres://db/x": "expected postgres://USER",
    "postgres://me@db": "expected postgres://USER",
    "postgres://me@db/x?sslmode=no": 'unknown "sslmode"',
    "postgres://me@db/x?ca=/none": "NotFound",
    "postgres://me@10.0.0.1/x": "give the host's name",
  };
  for (const [address, text] of Object.entries(refused)) {
    const error = await assertRejects(() => readPostgresAddress(address), InputError, text);
    assertEquals(error.message.includes("secret"), false);
  }
  assertThrows(() => storeAt("mysql://db/x"), InputError, "postgres://");
  assertEquals(storeAt(undefined), undefined);
});
