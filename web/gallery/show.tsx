import { StrictMode } from "react";
import type { Root } from "react-dom/client";
import { App } from "../src/app/App";
import { saveSession } from "../src/app/session";
import type { Entry, PageEntry } from "./entry";
import { stopClock } from "./fakes/clock";
import { startServer } from "./fakes/server";
import { usualAnswers } from "./fixtures/store";
import { Specimen } from "./Specimen";
import { waitForText } from "./steps";

/** Shows a single entry and marks the document as ready once its state is reached. */
export async function show(root: Root, entry: Entry): Promise<void> {
  stopClock();
  startServer({ ...usualAnswers, ...(entry.kind === "page" && entry.answers) });
  if (entry.kind === "page") prepare(entry);
  root.render(
    <StrictMode>
      {entry.kind === "component" ? (
        <Specimen title={entry.title}>{entry.render()}</Specimen>
      ) : (
        (entry.render?.() ?? <App />)
      )}
    </StrictMode>,
  );
  await entry.steps?.();
  await waitForText(entry.shows);
  // Toasts stay while the window isn't focused, but an open menu would close.
  if (!document.querySelector("[role=menu]")) window.dispatchEvent(new Event("blur"));
  document.documentElement.dataset.ready = entry.name;
}

function prepare({ visitor = "signedIn", overShelf }: PageEntry): void {
  const session = { email: "ada@example.com", token: "a-token" };
  saveSession("pawsome", visitor === "signedOut" ? null : session);
  // Screenshots start at the top, and the history state opens a pet over the shelf.
  window.history.scrollRestoration = "manual";
  window.history.replaceState(overShelf ? { shelfQuery: "" } : null, "");
}
