import { useRef } from "react";

/**
 * One key per intent. It's kept if the answer is lost, so that pressing the button again asks for
 * the same purchase instead of a second one, and dropped once the server has answered.
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
