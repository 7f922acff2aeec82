import { DoorClosed } from "lucide-react";
import { ErrorState } from "../components/ErrorState";
import { bidiIsolate } from "../components/petWords";

export const ClosedStore = ({ name, retry }: { name: string; retry: () => void }) => (
  <ErrorState
    icon={DoorClosed}
    title={`${bidiIsolate(name)} is closed for now`}
    sentence="The store is taking a break. Your account and your pets are safe. Please come back another day."
    retry={retry}
  />
);
