import { StrictMode, startTransition } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import type { InitialShelf } from "./features/pets/shelf";
import "./styles/base.css";

/** Replaces the prerendered shell. */
export function start(initialShelf?: InitialShelf): void {
  const root = document.getElementById("root");
  if (!root) throw new Error("index.html has no #root.");
  // The shell is already on screen, so rendering need not block the browser.
  startTransition(() => {
    createRoot(root).render(
      <StrictMode>
        <App initialShelf={initialShelf} />
      </StrictMode>,
    );
  });
}
