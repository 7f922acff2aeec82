import { useLayoutEffect } from "react";
import { applyAccent } from "./accent";

/** The store's own accent for as long as the store is shown. */
export function useAccent(accent: string | null | undefined): void {
  // Before the first paint, so that no button changes its colour before the customer's eyes.
  useLayoutEffect(() => (accent ? applyAccent(accent) : undefined), [accent]);
}
