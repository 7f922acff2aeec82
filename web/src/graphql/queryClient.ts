import { QueryClient } from "@tanstack/react-query";
import { TransportFault } from "./transportFault";

declare module "@tanstack/react-query" {
  interface Register {
    defaultError: TransportFault;
  }
}

const longestPause = 15_000;

/**
 * What is on screen stays there while the server can't be reached, and the question is asked again
 * with growing pauses until it answers. Everything else is shown at once, with a button.
 */
export const createQueryClient = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: {
        // The browser's idea of being online is not ours to wait for.
        networkMode: "always",
        staleTime: 30_000,
        gcTime: 30 * 60_000,
        refetchOnWindowFocus: false,
        retry: (_failures, fault) => fault instanceof TransportFault && fault.passes,
        retryDelay: (failures) => Math.min(longestPause, 1_000 * 2 ** failures),
      },
      mutations: { networkMode: "always", retry: false },
    },
  });

/** The reason why there is nothing to show yet, even while it is being retried. */
export function loadingFault(query: {
  data: unknown;
  error: TransportFault | null;
  failureReason: TransportFault | null;
}): TransportFault | null {
  return query.data === undefined ? (query.error ?? query.failureReason) : null;
}
