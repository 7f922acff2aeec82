import { useLayoutEffect, useRef } from "react";

let wentBack = false;
window.addEventListener("popstate", () => {
  wentBack = true;
});
// wouter dispatches this event when it navigates.
window.addEventListener("pushState", () => {
  wentBack = false;
});

/** Scrolls new pages to the top; on going back, the browser restores the position. */
export function useScrollOnNavigation(page: string): void {
  const shown = useRef(page);
  useLayoutEffect(() => {
    if (shown.current === page) return;
    shown.current = page;
    if (!wentBack) window.scrollTo(0, 0);
  }, [page]);
}
