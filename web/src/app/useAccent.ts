import { useLayoutEffect } from "react";

/** Gives the page the store's own accent; the tokens make all of its shades from it. */
export function useAccent(accent: string | null | undefined): void {
  // Before the first paint, so that no button changes its colour before the customer's eyes.
  useLayoutEffect(() => {
    if (!accent) return;
    const { dataset, style } = document.documentElement;
    dataset.accent = "";
    style.setProperty("--store-accent", accent);
    return () => {
      delete dataset.accent;
      style.removeProperty("--store-accent");
    };
  }, [accent]);
}
