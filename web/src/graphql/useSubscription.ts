import type { TadaDocumentNode } from "gql.tada";
import { useEffect, useEffectEvent } from "react";
import { useStorefrontClient } from "./client";
import { type FaultKind, TransportFault } from "./transportFault";

const shortestWait = 1_000;
const longestWait = 60_000;

/** Reconnecting would only be refused again. */
const refusals: ReadonlySet<FaultKind> = new Set(["unauthenticated", "forbidden", "storeClosed"]);

/** Half of the wait is jitter, so that a restart doesn't cause a stampede. */
export function reconnectDelay(failures: number): number {
  const wait = Math.min(longestWait, shortestWait * 2 ** failures);
  return wait / 2 + Math.random() * (wait / 2);
}

/**
 * Listens while the tab is visible; reconnects with backoff. Nothing on the page waits for it:
 * without the stream everything works, only later.
 */
export function useSubscription<Data>(
  document: TadaDocumentNode<Data, Record<string, never>>,
  onData: (data: Data) => void,
  /** The stream is back after events may have been missed, or was refused permanently. */
  onResumed: () => void,
): void {
  const client = useStorefrontClient();
  const received = useEffectEvent(onData);
  const resumed = useEffectEvent(onResumed);

  useEffect(() => {
    let connection: AbortController | undefined;
    let timer: number | undefined;
    let failures = 0;
    let missed = false;

    const opened = () => {
      failures = 0;
      if (missed) resumed();
      missed = false;
    };
    const open = async () => {
      connection = new AbortController();
      const { signal } = connection;
      let final = false;
      try {
        await client.subscribe(document, {}, opened, received, signal);
      } catch (error) {
        final = error instanceof TransportFault && refusals.has(error.kind);
        // The customer may have lost access to what's shown; refetching finds out.
        if (final && !signal.aborted) resumed();
      }
      if (signal.aborted || final) return;
      missed = true;
      timer = window.setTimeout(open, reconnectDelay(failures++));
    };
    const close = () => {
      window.clearTimeout(timer);
      // Even if it never opened: what the page shows is older than that.
      missed ||= connection !== undefined;
      connection?.abort();
      connection = undefined;
    };
    const followVisibility = () => {
      if (globalThis.document.hidden) close();
      else if (!connection) void open();
    };

    followVisibility();
    globalThis.document.addEventListener("visibilitychange", followVisibility);
    return () => {
      globalThis.document.removeEventListener("visibilitychange", followVisibility);
      close();
    };
  }, [client, document]);
}
