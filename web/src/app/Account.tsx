import { lazy, Suspense, useState } from "react";
import { AccountButton } from "./AccountButton";
import type { AccountMenuProps } from "./AccountMenu";

export const loadAccountMenu = () =>
  import("./AccountMenu").then((module) => ({ default: module.AccountMenu }));

const AccountMenu = lazy(loadAccountMenu);

/** The account button; its menu, the heaviest part of the header, waits for the first press. */
export function Account(props: AccountMenuProps) {
  const [wanted, setWanted] = useState(false);
  const waiting = <AccountButton aria-haspopup="menu" aria-expanded={wanted} />;
  if (wanted) {
    return (
      <Suspense fallback={waiting}>
        <AccountMenu {...props} />
      </Suspense>
    );
  }
  return (
    <AccountButton
      aria-haspopup="menu"
      aria-expanded={false}
      onClick={() => setWanted(true)}
      onKeyDown={(event) => {
        if (event.key !== "ArrowDown") return;
        event.preventDefault();
        setWanted(true);
      }}
    />
  );
}
