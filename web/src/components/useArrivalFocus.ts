import { type RefObject, useEffect } from "react";

let someoneArrived = false;

/**
 * Moves the focus to where a page begins when one comes from another page; the first page of a visit
 * leaves it where the browser has put it.
 */
export function useArrivalFocus(beginning: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    if (someoneArrived) beginning.current?.focus({ preventScroll: true });
    someoneArrived = true;
  }, [beginning]);
}
