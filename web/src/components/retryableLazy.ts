import { type ComponentType, useEffect, useSyncExternalStore } from "react";

interface LazyState<Props> {
  Component?: ComponentType<Props>;
  /** How often fetching has failed. */
  failures: number;
}

/** A component that is fetched when needed, or a little before. */
export interface RetryableLazy<Props> {
  fetch: () => void;
  current: () => LazyState<Props>;
  subscribe: (listener: () => void) => () => void;
}

const shortestPause = 500;
const longestPause = 15_000;

/**
 * Unlike React's `lazy`, which remembers a failure forever and throws it to the nearest error
 * boundary, this fetches again with backoff, and reports the failures.
 */
export function retryableLazy<Props>(
  load: () => Promise<ComponentType<Props>>,
): RetryableLazy<Props> {
  let state: LazyState<Props> = { failures: 0 };
  let timer: number | undefined;
  let loading = false;
  const listeners = new Set<() => void>();

  const update = (next: LazyState<Props>) => {
    state = next;
    for (const listener of listeners) listener();
  };
  const fetch = () => {
    window.clearTimeout(timer);
    if (state.Component || loading) return;
    loading = true;
    load()
      .then(
        (Component) => update({ Component, failures: 0 }),
        () => {
          const failures = state.failures + 1;
          timer = window.setTimeout(fetch, Math.min(longestPause, shortestPause * 2 ** failures));
          update({ failures });
        },
      )
      .finally(() => {
        loading = false;
      });
  };
  return {
    fetch,
    current: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Fetches the component once it's wanted, and again as soon as the network is back. */
export function useRetryableLazy<Props>(
  wanted: RetryableLazy<Props>,
  isWanted = true,
): LazyState<Props> {
  useEffect(() => {
    if (!isWanted) return;
    wanted.fetch();
    window.addEventListener("online", wanted.fetch);
    return () => window.removeEventListener("online", wanted.fetch);
  }, [wanted, isWanted]);
  return useSyncExternalStore(wanted.subscribe, wanted.current, wanted.current);
}
