import { QueryClientProvider } from "@tanstack/react-query";
import { Compass } from "lucide-react";
import { useState } from "react";
import { Router } from "wouter";
import { ErrorState } from "../components/ErrorState";
import { ToastProvider } from "../components/ToastProvider";
import { type InitialShelf, seedShelf } from "../features/pets/shelf";
import { createQueryClient } from "../graphql/queryClient";
import { ErrorBoundary } from "./ErrorBoundary";
import { Store } from "./Store";
import { storeSlugIn } from "./storeAddress";

interface AppProps {
  /** Requested by the prerendered shell, so that the shelf renders at once. */
  initialShelf?: InitialShelf | undefined;
}

export function App({ initialShelf }: AppProps) {
  const [queryClient] = useState(() => {
    const created = createQueryClient();
    if (initialShelf) seedShelf(created, initialShelf);
    return created;
  });
  const slug = storeSlugIn(window.location.pathname);
  return (
    <ErrorBoundary>
      <QueryClientProvider client={queryClient}>
        <ToastProvider>
          {slug ? (
            <Router base={`/stores/${slug}`}>
              <Store slug={slug} />
            </Router>
          ) : (
            <main id="content">
              <ErrorState
                icon={Compass}
                title="There is no page here"
                sentence={
                  "A store's address looks like /stores/its-\u2060name. Please check the one you were given."
                }
              />
            </main>
          )}
        </ToastProvider>
      </QueryClientProvider>
    </ErrorBoundary>
  );
}
