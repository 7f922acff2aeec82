import { useQueryClient } from "@tanstack/react-query";
import { WifiOff } from "lucide-react";
import { useEffect } from "react";
import { reportConnection } from "../graphql/connection";
import { queryKeys } from "../graphql/queryKeys";
import { useConnectionLost } from "../graphql/useConnectionLost";
import styles from "./ConnectionBanner.module.css";

/** Shows that the server is unreachable, and retries until it answers. */
export function ConnectionBanner() {
  const queryClient = useQueryClient();
  const lost = useConnectionLost();

  useEffect(() => {
    // One small query, which the query client retries with backoff.
    if (lost) void queryClient.refetchQueries({ queryKey: queryKeys.viewer });
  }, [lost, queryClient]);

  useEffect(() => {
    const goOffline = () => reportConnection(false);
    // Queries that wait for their next attempt retry now.
    const goOnline = () =>
      void queryClient.refetchQueries({
        type: "active",
        predicate: ({ state }) => state.fetchStatus === "fetching" || state.status === "error",
      });
    // The connection may have been lost before this listened.
    if (!navigator.onLine) goOffline();
    window.addEventListener("offline", goOffline);
    window.addEventListener("online", goOnline);
    return () => {
      window.removeEventListener("offline", goOffline);
      window.removeEventListener("online", goOnline);
    };
  }, [queryClient]);

  return (
    <div role="status" className={styles.place}>
      {lost && (
        <p className={styles.banner}>
          <WifiOff size={16} aria-hidden="true" />
          <span>
            You're offline. <span className={styles.wide}>What you see stays here. </span>We'll keep
            trying.
          </span>
        </p>
      )}
    </div>
  );
}
