/**
 * Whether the server answers, learned from the requests themselves: the browser's `onLine` only
 * shows that there is some network.
 */
let lost = false;
const listeners = new Set<() => void>();

export function reportConnection(works: boolean): void {
  if (lost === !works) return;
  lost = !works;
  for (const listener of listeners) listener();
}

export function onConnectionChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const isConnectionLost = (): boolean => lost;
