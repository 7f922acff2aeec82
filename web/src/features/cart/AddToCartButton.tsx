import { Check } from "lucide-react";
import { useLocation } from "wouter";
import { Button } from "../../components/Button";
import type { Pet } from "../../graphql/storefrontGraphql";
import { useAddToCart } from "./addToCart";
import { useIsInCart } from "./cart";

/** Once the pet is in the cart, the same button leads there, so that the focus isn't lost. */
export function AddToCartButton({ pet }: { pet: Pet }) {
  const [, navigate] = useLocation();
  const isInCart = useIsInCart(pet.id);
  const addToCart = useAddToCart();
  return isInCart ? (
    <Button key="cart" look="quiet" wide onClick={() => navigate("/cart")}>
      <Check size={18} aria-hidden="true" />
      <span>
        <span className="visually-hidden">{pet.name} is </span>In cart
      </span>
    </Button>
  ) : (
    <Button key="cart" look="outlined" wide onClick={() => addToCart.mutate(pet)}>
      <span>
        Add <span className="visually-hidden">{pet.name} </span>to cart
      </span>
    </Button>
  );
}
