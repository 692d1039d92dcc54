/** Asking for a key, where the server answers nobody without one. */

/// <reference lib="dom" />

import { useEffect, useRef, useState } from "preact/hooks";
import { connection, unlock } from "./connection.ts";

/** A dialog, for as long as the server is locked. */
export function KeyPrompt() {
  const dialog = useRef<HTMLDialogElement>(null);
  const [wrong, setWrong] = useState("");
  const locked = connection.value === "locked";
  useEffect(() => {
    if (locked) dialog.current?.showModal();
    else dialog.current?.close();
  }, [locked]);
  const send = async (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const form = event.currentTarget;
    const key = new FormData(form).get("key");
    setWrong(await unlock(String(key).trim()) ?? "");
    form.reset();
  };
  return (
    <dialog
      ref={dialog}
      aria-labelledby="key-title"
      onCancel={(event) => event.preventDefault()}
    >
      <form onSubmit={send}>
        <h2 id="key-title">This server asks for a key</h2>
        <p class="note">
          Whoever runs it can give you one. The page keeps it as a cookie that no script can read.
        </p>
        <label for="key">Key</label>
        <input id="key" name="key" type="password" autocomplete="current-password" required />
        {wrong && <p class="problem" role="alert">{wrong}</p>}
        <button type="submit" class="main">Open</button>
      </form>
    </dialog>
  );
}
