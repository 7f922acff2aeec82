import { useMemo } from "react";
import type { NewSession } from "../features/account/signIn";
import { createStorefrontClient, StorefrontClientProvider } from "../graphql/client";
import { SignedInStore } from "./SignedInStore";
import { SignedOutStore } from "./SignedOutStore";
import { useSession } from "./useSession";

/** A store, seen by a customer or by a visitor. The address is the same, so signing in leads back to it. */
export function Store({ slug }: { slug: string }) {
  const { session, notice, lastEmail, expire, ...use } = useSession(slug);
  const signedIn = ({ token, customer }: NewSession) =>
    use.signedIn({ email: customer.email, token });

  const client = useMemo(
    () =>
      session &&
      createStorefrontClient({ store: slug, email: session.email, secret: session.token }, () =>
        expire(session.token),
      ),
    [slug, session, expire],
  );

  return client ? (
    <StorefrontClientProvider value={client}>
      <SignedInStore
        slug={slug}
        onSignedOut={use.signedOut}
        onSignedOutEverywhere={use.signedOutEverywhere}
        onRenewed={signedIn}
      />
    </StorefrontClientProvider>
  ) : (
    <SignedOutStore slug={slug} notice={notice} lastEmail={lastEmail} onSignedIn={signedIn} />
  );
}
