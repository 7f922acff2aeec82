import { QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Router } from "wouter";
import { Layout } from "../src/app/Layout";
import { ToastProvider } from "../src/components/ToastProvider";
import { createStorefrontClient, StorefrontClientProvider } from "../src/graphql/client";
import { createQueryClient } from "../src/graphql/queryClient";
import { store } from "./entry";
import { viewer } from "./fixtures/store";

const credentials = { store: "pawsome", email: viewer.me.email, secret: "a-token" };
const client = createStorefrontClient(credentials, () => {});

/** A signed-in customer's layout, for pages that no server answer produces. */
export function WithLayout({ children }: { children: ReactNode }) {
  const [queryClient] = useState(createQueryClient);
  return (
    <QueryClientProvider client={queryClient}>
      <ToastProvider>
        <Router base={store}>
          <StorefrontClientProvider value={client}>
            <Layout storeName={viewer.store.name} customer={viewer.me} onSignedOut={() => {}}>
              {children}
            </Layout>
          </StorefrontClientProvider>
        </Router>
      </ToastProvider>
    </QueryClientProvider>
  );
}
