import * as Menu from "@radix-ui/react-dropdown-menu";
import { LogOut, PawPrint, UserRoundCog } from "lucide-react";
import { useEffect, useRef } from "react";
import { useLocation } from "wouter";
import { useSignOut } from "../features/account/signOut";
import { AccountButton } from "./AccountButton";
import styles from "./AccountMenu.module.css";

export interface AccountMenuProps {
  customer: { name: string; email: string } | undefined;
  onSignedOut: () => void;
  /** Focuses the first item, as in any menu opened by keyboard. */
  byKeyboard: boolean;
}

/** Opens as soon as it is loaded: it is only fetched on request. */
export function AccountMenu({ customer, onSignedOut, byKeyboard }: AccountMenuProps) {
  const [, navigate] = useLocation();
  const signOut = useSignOut(() => {
    navigate("/");
    onSignedOut();
  });
  const firstItem = useRef<HTMLDivElement>(null);
  // Radix can't do this: the key was pressed before the menu was mounted.
  useEffect(() => {
    if (!byKeyboard) return;
    const frame = requestAnimationFrame(() => firstItem.current?.focus());
    return () => cancelAnimationFrame(frame);
  }, [byKeyboard]);
  return (
    // A modal menu would lock scrolling with a style element, which the CSP forbids.
    <Menu.Root defaultOpen modal={false}>
      <Menu.Trigger asChild>
        <AccountButton />
      </Menu.Trigger>
      <Menu.Content className={styles.menu} align="end" sideOffset={8} collisionPadding={12}>
        {customer && (
          <Menu.Label className={styles.customer}>
            <span className={styles.name}>{customer.name}</span>
            <span className={styles.email}>{customer.email}</span>
          </Menu.Label>
        )}
        <Menu.Item ref={firstItem} className={styles.item} onSelect={() => navigate("/purchases")}>
          <PawPrint size={18} aria-hidden="true" />
          My pets
        </Menu.Item>
        <Menu.Item className={styles.item} onSelect={() => navigate("/account")}>
          <UserRoundCog size={18} aria-hidden="true" />
          Your account
        </Menu.Item>
        <Menu.Separator className={styles.line} />
        <Menu.Item className={styles.item} onSelect={() => signOut.mutate()}>
          <LogOut size={18} aria-hidden="true" />
          Sign out
        </Menu.Item>
      </Menu.Content>
    </Menu.Root>
  );
}
