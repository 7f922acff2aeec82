import { Button } from "../../components/Button";
import styles from "./Form.module.css";
import { FormFault } from "./FormFault";
import { useSignOutEverywhere } from "./signOutEverywhere";

export function SignOutEverywhere({ onSignedOut }: { onSignedOut: () => void }) {
  const signOut = useSignOutEverywhere(onSignedOut);
  return (
    <div className={styles.form}>
      <p>
        Signs you out here and on every other device, for example one you've lost. Your cart and
        your pets stay.
      </p>
      {signOut.error && <FormFault fault={signOut.error} />}
      <Button look="outlined" busy={signOut.isPending} onClick={() => signOut.mutate()}>
        Sign out everywhere
      </Button>
    </div>
  );
}
