import { QueryClientProvider } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { Router } from "wouter";
import { Layout } from "../app/Layout";
import { Notice } from "../components/Notice";
import { ToastProvider } from "../components/ToastProvider";
import { SignInPage } from "../features/account/SignInPage";
import { ShelfPage } from "../features/pets/ShelfPage";
import { createStorefrontClient, StorefrontClientProvider } from "../graphql/client";
import { createQueryClient } from "../graphql/queryClient";
import { blanks, type TemplateName } from "./blanks";

const nothing = () => undefined;
const client = createStorefrontClient({ store: "", email: "", secret: "" }, nothing);

function markup(children: ReactNode): string {
  const queryClient = createQueryClient();
  const rendered = renderToStaticMarkup(
    <QueryClientProvider client={queryClient}>
      <ToastProvider>
        <StorefrontClientProvider value={client}>
          <Router ssrPath="/">{children}</Router>
        </StorefrontClientProvider>
      </ToastProvider>
    </QueryClientProvider>,
  );
  // Its cache timers would keep the build waiting for half an hour.
  queryClient.clear();
  return rendered;
}

/**
 * The page's first states, rendered by the build with the page's own components. index.html
 * contains them, and `shell.ts` shows one until the page is loaded.
 */
export const templates: Record<TemplateName, string> = {
  signIn: markup(
    <SignInPage
      slug=""
      store={{
        name: blanks.name,
        description: blanks.description,
        welcome: "",
        accent: null,
        open: true,
        signUpOpen: true,
        demoLogin: { email: blanks.demoEmail, password: blanks.demoPassword },
      }}
      onSignedIn={nothing}
    />,
  ),
  shelf: markup(
    <Layout storeName={blanks.name} customer={undefined} onSignedOut={nothing}>
      <ShelfPage
        query=""
        storeName={blanks.name}
        welcome={undefined}
        description={blanks.lead}
        renderActions={nothing}
        listedCount={0}
        onShowListed={nothing}
      />
    </Layout>,
  ),
  late: markup(
    <Notice tone="bad">
      The store hasn't fully loaded yet. Your connection may have dropped. We'll keep trying.
    </Notice>,
  ),
};
