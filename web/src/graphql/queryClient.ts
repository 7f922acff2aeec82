import { QueryClient } from "@tanstack/react-query";
import { TransportFault } from "./transportFault";

declare module "@tanstack/react-query" {
  interface Register {
    defaultError: TransportFault;
  }
}

const longestPause = 15_000;

/**
 * While the server can't be reached, what's on screen stays there and queries are retried with
 * backoff. Every other fault is shown at once, with a button.
 */
export const createQueryClient = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: {
        // Doesn't wait for the browser to think that it's online.
        networkMode: "always",
        staleTime: 30_000,
        gcTime: 30 * 60_000,
        refetchOnWindowFocus: false,
        retry: (_failures, fault) => fault instanceof TransportFault && fault.isTemporary,
        retryDelay: (failures) => Math.min(longestPause, 1_000 * 2 ** failures),
      },
      mutations: { networkMode: "always", retry: false },
    },
  });

/** Why there is nothing to show yet, even while the query is being retried. */
export function loadingFault(query: {
  data: unknown;
  error: TransportFault | null;
  failureReason: TransportFault | null;
}): TransportFault | null {
  return query.data === undefined ? (query.error ?? query.failureReason) : null;
}
