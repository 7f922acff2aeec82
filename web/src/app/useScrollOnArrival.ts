import { useLayoutEffect, useRef } from "react";

let wentBack = false;
window.addEventListener("popstate", () => {
  wentBack = true;
});
// wouter announces what it pushes under this name.
window.addEventListener("pushState", () => {
  wentBack = false;
});

/** A new page starts at its top; going back, the browser restores where one was. */
export function useScrollOnArrival(page: string): void {
  const shown = useRef(page);
  useLayoutEffect(() => {
    if (shown.current === page) return;
    shown.current = page;
    if (!wentBack) window.scrollTo(0, 0);
  }, [page]);
}
