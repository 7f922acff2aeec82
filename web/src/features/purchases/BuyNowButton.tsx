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
  <Button
    look={prominent ? "primary" : "tinted"}
    wide
    busy={busy}
    aria-label={busy ? `Buying ${pet.name}` : `Buy ${pet.name} now`}
    onClick={onBuy}
  >
    {busy ? "Buying" : "Buy now"}
  </Button>
);
