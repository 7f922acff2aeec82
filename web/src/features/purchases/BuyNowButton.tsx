import { Button } from "../../components/Button";
import type { Pet } from "../../graphql/storefrontGraphql";

interface BuyNowButtonProps {
  pet: Pet;
  /** On a pet's own page it is the one thing to do; among many cards it steps back. */
  prominent: boolean;
  busy: boolean;
  onBuy: () => void;
}

export const BuyNowButton = ({ pet, prominent, busy, onBuy }: BuyNowButtonProps) => (
  <Button look={prominent ? "primary" : "tinted"} wide busy={busy} onClick={onBuy}>
    <span>
      {busy ? "Buying" : "Buy"} <span className="visually-hidden">{pet.name} </span>
      {!busy && "now"}
    </span>
  </Button>
);
