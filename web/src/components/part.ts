import { type ComponentType, useEffect, useSyncExternalStore } from "react";

interface Arrival<Props> {
  Component?: ComponentType<Props>;
  /** How often it was asked for in vain. */
  failures: number;
}

/** A part of the page that is fetched when it is wanted, or a little before. */
export interface Part<Props> {
  fetch: () => void;
  current: () => Arrival<Props>;
  subscribe: (listener: () => void) => () => void;
}

const shortestPause = 500;
const longestPause = 15_000;

/**
 * Unlike React's `lazy`, which remembers a failure for ever and hands it to the nearest error boundary:
 * what could not be fetched is fetched again, with growing pauses, and whoever wants it may say so.
 */
export function part<Props>(load: () => Promise<ComponentType<Props>>): Part<Props> {
  let arrival: Arrival<Props> = { failures: 0 };
  let timer: number | undefined;
  let loading = false;
  const listeners = new Set<() => void>();

  const arrive = (next: Arrival<Props>) => {
    arrival = next;
    for (const listener of listeners) listener();
  };
  const fetch = () => {
    window.clearTimeout(timer);
    if (arrival.Component || loading) return;
    loading = true;
    load()
      .then(
        (Component) => arrive({ Component, failures: 0 }),
        () => {
          const failures = arrival.failures + 1;
          timer = window.setTimeout(fetch, Math.min(longestPause, shortestPause * 2 ** failures));
          arrive({ failures });
        },
      )
      .finally(() => {
        loading = false;
      });
  };
  return {
    fetch,
    current: () => arrival,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The part, fetched as soon as it is wanted, and at once when the network is back. */
export function usePart<Props>(wanted: Part<Props>, isWanted = true): Arrival<Props> {
  useEffect(() => {
    if (!isWanted) return;
    wanted.fetch();
    window.addEventListener("online", wanted.fetch);
    return () => window.removeEventListener("online", wanted.fetch);
  }, [wanted, isWanted]);
  return useSyncExternalStore(wanted.subscribe, wanted.current, wanted.current);
}
