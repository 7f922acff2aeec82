import { StrictMode, startTransition } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import type { ShelfBeginning } from "./features/pets/shelf";
import "./styles/base.css";

/** Takes the place of the prerendered shell. */
export function start(shelfBeginning?: ShelfBeginning): void {
  const root = document.getElementById("root");
  if (!root) throw new Error("index.html has no #root.");
  // What is on screen already can be looked at, so the page need not hold the browser up.
  startTransition(() => {
    createRoot(root).render(
      <StrictMode>
        <App shelfBeginning={shelfBeginning} />
      </StrictMode>,
    );
  });
}
