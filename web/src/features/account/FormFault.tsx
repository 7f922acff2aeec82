import { Notice } from "../../components/Notice";
import { faultSentence } from "../../graphql/faultWording";
import type { TransportFault } from "../../graphql/transportFault";

export const FormFault = ({ fault }: { fault: TransportFault }) => (
  <Notice tone="bad">{faultSentence(fault)}</Notice>
);
