import type { TransportFault } from "./transportFault";

export interface FaultWords {
  title: string;
  sentence: string;
  reference?: string | undefined;
  retryAt?: Date | undefined;
}

/** "1:10 PM", without a line break inside. */
function clockWords(moment: Date): string {
  // A page's first formatter takes 20 ms, or 80 on a phone: not while the page opens.
  const clock = new Intl.DateTimeFormat("en", { hour: "numeric", minute: "2-digit" });
  return clock.format(moment).replace(" ", "\u00a0");
}

function retrySentence(retryAt: Date | undefined): string {
  if (!retryAt) return "Please wait a few minutes, then try again.";
  const seconds = Math.ceil((retryAt.getTime() - Date.now()) / 1000);
  if (seconds <= 0) return "You can try again now.";
  if (seconds < 60) return "Please wait a moment: you can try again in less than a minute.";
  return `Please wait: you can try again at ${clockWords(retryAt)}.`;
}

/** The one place that turns a transport fault into words for a customer. */
export function describeFault(fault: TransportFault): FaultWords {
  switch (fault.kind) {
    case "offline":
      return {
        title: "You seem to be offline",
        sentence: "We can't reach the store right now. We'll keep trying.",
      };
    case "busy":
      return {
        title: "The store is very busy",
        sentence: "It should be back in a moment. We'll keep trying.",
      };
    case "unauthenticated":
      return {
        title: "You've been signed out",
        sentence: fault.sentence ?? "Please sign in again to carry on where you left off.",
      };
    case "forbidden":
      return {
        title: "Your account can't open this",
        sentence: fault.sentence ?? "Your account can't see this. Sign in with a customer account.",
      };
    case "storeClosed":
      return {
        title: "Closed for now",
        sentence: "The store is taking a break. Please come back another day.",
      };
    case "throttled":
      return {
        title: "Too many attempts",
        sentence: retrySentence(fault.retryAt),
        retryAt: fault.retryAt,
      };
    case "storageFull":
      return {
        title: "Nothing can be saved right now",
        sentence: "Please try again later.",
      };
    case "fault":
      return {
        title: "Something went wrong on our side",
        sentence: "It's not your fault. Please try again. If it keeps happening, tell the store.",
        reference: fault.reference,
      };
  }
}

/** The same in one sentence, for a toast or a form. */
export function faultSentence(fault: TransportFault): string {
  const words = describeFault(fault);
  if (fault.kind === "offline") {
    return "The store can't be reached. Check your connection and try again.";
  }
  if (fault.kind === "storeClosed") {
    return fault.sentence ?? "The store is closed for now. Please come back another day.";
  }
  if (fault.kind === "busy") return "The store is very busy. Please try again in a moment.";
  const quote = words.reference ? ` Quote reference ${words.reference}.` : "";
  return fault.kind === "unauthenticated" || fault.kind === "forbidden"
    ? words.sentence
    : `${words.title}. ${words.sentence}${quote}`;
}

/** Needs no message: the sign-in page, which then replaces any other, shows one. */
export const isSignedOut = (fault: TransportFault): boolean => fault.kind === "unauthenticated";
