/**
 * Whether the server answers. Learned from the requests themselves: the browser's own `onLine` says
 * only that some network is there.
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
