import { useMemo } from "react";
import type { NewSession } from "../features/account/signIn";
import { createStorefrontClient, StorefrontClientProvider } from "../graphql/client";
import { SignedInStore } from "./SignedInStore";
import { SignedOutStore } from "./SignedOutStore";
import { useSession } from "./useSession";

/** A store for customers and visitors. The address is the same, so signing in returns to it. */
export function Store({ slug }: { slug: string }) {
  const { session, notice, lastEmail, expire, ...handlers } = useSession(slug);
  const signedIn = ({ token, customer }: NewSession) =>
    handlers.signedIn({ email: customer.email, token });

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
        onSignedOut={handlers.signedOut}
        onSignedOutEverywhere={handlers.signedOutEverywhere}
        onRenewed={signedIn}
      />
    </StorefrontClientProvider>
  ) : (
    <SignedOutStore slug={slug} notice={notice} lastEmail={lastEmail} onSignedIn={signedIn} />
  );
}
