import { TextField } from "../../components/TextField";

interface NewPasswordFieldProps {
  label: string;
  name: string;
  problem: string | undefined;
}

const advice = "A few words you can remember work well.";

/** For choosing a password. A problem states the rule, so the hint then only gives advice. */
export const NewPasswordField = ({ problem, ...field }: NewPasswordFieldProps) => (
  <TextField
    {...field}
    type="password"
    autoComplete="new-password"
    hint={problem ? advice : `At least 10 characters. ${advice}`}
    problem={problem}
  />
);
