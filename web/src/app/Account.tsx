import { useState } from "react";
import { retryableLazy, useRetryableLazy } from "../components/retryableLazy";
import { AccountButton } from "./AccountButton";
import type { AccountMenuProps } from "./AccountMenu";

export const accountMenu = retryableLazy<AccountMenuProps>(() =>
  import("./AccountMenu").then((module) => module.AccountMenu),
);

/** The account button; its menu, the heaviest part of the header, is loaded on the first press. */
export function Account(props: Omit<AccountMenuProps, "byKeyboard">) {
  const [wantedBy, setWantedBy] = useState<"pointer" | "keyboard" | null>(null);
  const wanted = wantedBy !== null;
  const { Component: AccountMenu, failures } = useRetryableLazy(accountMenu, wanted);
  if (wanted && AccountMenu) {
    return <AccountMenu {...props} byKeyboard={wantedBy === "keyboard"} />;
  }
  return (
    <>
      <AccountButton
        aria-haspopup="menu"
        aria-expanded={false}
        aria-busy={wanted || undefined}
        // A click from the keyboard has a count of 0.
        onClick={({ detail }) => setWantedBy(detail === 0 ? "keyboard" : "pointer")}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown") return;
          event.preventDefault();
          setWantedBy("keyboard");
        }}
      />
      <span className="visually-hidden" role="status">
        {wanted && failures > 0 && "The menu opens once the store can be reached."}
      </span>
    </>
  );
}
