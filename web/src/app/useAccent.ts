import { useLayoutEffect } from "react";
import { applyAccent } from "./accent";

/** Applies the store's accent while the store is shown. */
export function useAccent(accent: string | null | undefined): void {
  // Before the first paint, so that no button visibly changes its colour.
  useLayoutEffect(() => (accent ? applyAccent(accent) : undefined), [accent]);
}
