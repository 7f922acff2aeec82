import { type RefObject, useEffect } from "react";

let visitStarted = false;

/**
 * Moves the focus to a page's start after navigation; on the first page of a visit it stays where
 * the browser has put it.
 */
export function useFocusOnNavigation(start: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    if (visitStarted) start.current?.focus({ preventScroll: true });
    visitStarted = true;
  }, [start]);
}
