import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { forgetPetStates } from "../graphql/availability";
import { loadSession, type Session, saveSession } from "./session";

const signedOutNotices = {
  expired: "You've been signed out. Sign in to carry on where you left off.",
  chosen: "You're signed out.",
  everywhere: "You're signed out on every device.",
};

interface SessionState {
  session: Session | null;
  /** Why the session has ended. */
  notice?: string;
  /** Who was last signed in: prefills the form, and identifies whose data is cached. */
  lastEmail?: string;
}

/** Who is signed in to this store in this tab. */
export function useSession(slug: string) {
  const queryClient = useQueryClient();
  const [state, setState] = useState<SessionState>(() => ({ session: loadSession(slug) }));

  const forgetCustomer = useCallback(() => {
    queryClient.clear();
    forgetPetStates();
  }, [queryClient]);

  const signedIn = (session: Session) => {
    // Cached data is kept for the same customer, and cleared for anybody else.
    if ((state.session?.email ?? state.lastEmail) !== session.email) forgetCustomer();
    saveSession(slug, session);
    setState({ session });
  };

  /** The server no longer accepts this token; one renewed meanwhile is left alone. */
  const expire = useCallback(
    (token: string) => {
      if (loadSession(slug)?.token === token) saveSession(slug, null);
      setState((current) =>
        current.session?.token === token
          ? {
              session: null,
              notice: signedOutNotices.expired,
              lastEmail: current.session.email,
            }
          : current,
      );
    },
    [slug],
  );

  const signOut = (notice: string) => {
    saveSession(slug, null);
    setState({ session: null, notice });
    forgetCustomer();
  };

  return {
    ...state,
    signedIn,
    expire,
    signedOut: () => signOut(signedOutNotices.chosen),
    signedOutEverywhere: () => signOut(signedOutNotices.everywhere),
  };
}
