import { Button } from "../../components/Button";
import type { Pet } from "../../graphql/storefrontGraphql";

interface BuyNowButtonProps {
  pet: Pet;
  /** The primary button on a pet's own page, tinted among many cards. */
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
