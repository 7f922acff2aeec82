import { TextField } from "../../components/TextField";

interface NewPasswordFieldProps {
  label: string;
  name: string;
  problem: string | undefined;
}

const advice = "A few words you can remember work well.";

/** For a password that is being chosen. Once something is wrong with it, that says the rule, and the hint only how. */
export const NewPasswordField = ({ problem, ...field }: NewPasswordFieldProps) => (
  <TextField
    {...field}
    type="password"
    autoComplete="new-password"
    hint={problem ? advice : `At least 10 characters. ${advice}`}
    problem={problem}
  />
);
