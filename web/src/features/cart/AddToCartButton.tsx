import { Check } from "lucide-react";
import { useLocation } from "wouter";
import { Button } from "../../components/Button";
import type { Pet } from "../../graphql/storefrontGraphql";
import { useAddToCart } from "./addToCart";
import { useIsInCart } from "./cart";

/** Once the pet is in the cart, the same button leads there, so that the focus has a place to stay. */
export function AddToCartButton({ pet }: { pet: Pet }) {
  const [, navigate] = useLocation();
  const isInCart = useIsInCart(pet.id);
  const addToCart = useAddToCart();
  return isInCart ? (
    <Button
      key="cart"
      look="quiet"
      wide
      aria-label={`${pet.name} is in your cart, see cart`}
      onClick={() => navigate("/cart")}
    >
      <Check size={18} aria-hidden="true" />
      In cart
    </Button>
  ) : (
    <Button
      key="cart"
      look="outlined"
      wide
      aria-label={`Add ${pet.name} to cart`}
      onClick={() => addToCart.mutate(pet)}
    >
      Add to cart
    </Button>
  );
}
