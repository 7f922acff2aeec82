import { useRef } from "react";

/**
 * One key per intent. It is kept when the answer got lost, so that pressing the button again asks
 * for the same purchase and not for a second one, and dropped as soon as the server has answered.
 */
export function useIdempotencyKey() {
  const key = useRef<string | null>(null);
  return {
    current: (): string => {
      key.current ??= crypto.randomUUID();
      return key.current;
    },
    answered: (): void => {
      key.current = null;
    },
  };
}
