import { Button } from "../../components/Button";
import styles from "./DemoLogin.module.css";
import type { Storefront } from "./storefront";

interface DemoLoginProps {
  login: NonNullable<Storefront["demoLogin"]>;
  onFill: () => void;
}

export function DemoLogin({ login, onFill }: DemoLoginProps) {
  return (
    <section className={styles.demo} aria-labelledby="demo-login">
      <h2 id="demo-login" className={styles.title}>
        Just looking around?
      </h2>
      <dl className={styles.login}>
        <dt>Demo email</dt>
        <dd>{login.email}</dd>
        <dt>Demo password</dt>
        <dd>{login.password}</dd>
      </dl>
      <Button look="tinted" wide onClick={onFill}>
        Fill in the demo login
      </Button>
    </section>
  );
}
