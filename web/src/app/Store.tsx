import { useMemo } from "react";
import { createStorefrontClient, StorefrontClientProvider } from "../graphql/client";
import { SignedInStore } from "./SignedInStore";
import { SignedOutStore } from "./SignedOutStore";
import { useSession } from "./useSession";

/** A store, seen by a customer or by a visitor. The address is the same, so signing in leads back to it. */
export function Store({ slug }: { slug: string }) {
  const { session, notice, lastEmail, signedIn, expire, signedOut } = useSession(slug);

  const client = useMemo(
    () =>
      session &&
      createStorefrontClient({ store: slug, email: session.email, secret: session.token }, expire),
    [slug, session, expire],
  );

  return client ? (
    <StorefrontClientProvider value={client}>
      <SignedInStore onSignedOut={signedOut} />
    </StorefrontClientProvider>
  ) : (
    <SignedOutStore
      slug={slug}
      notice={notice}
      lastEmail={lastEmail}
      onSignedIn={({ token, expiresAt, customer }) =>
        signedIn({ email: customer.email, token, expiresAt })
      }
    />
  );
}
