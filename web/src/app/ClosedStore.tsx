import { DoorClosed } from "lucide-react";
import { isolated } from "../components/petWords";
import { Trouble } from "../components/Trouble";

export const ClosedStore = ({ name, retry }: { name: string; retry: () => void }) => (
  <Trouble
    icon={DoorClosed}
    title={`${isolated(name)} is closed for now`}
    sentence="The store is taking a break. Your account and your pets are safe; please come back another day."
    retry={retry}
  />
);
