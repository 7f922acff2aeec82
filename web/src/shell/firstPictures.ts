import pictureStyles from "../components/PetPicture.module.css";
import gridStyles from "../features/pets/PetGrid.module.css";
import type { Pet } from "../graphql/storefrontGraphql";

/** Fills the visible slots of the shelf with pictures; resolves when the first can be painted. */
export async function showFirstPictures(pets: readonly Pet[]): Promise<void> {
  const slots = [...document.querySelectorAll<HTMLElement>(`.${gridStyles.skeletonPicture}`)];
  const decoded = slots
    .filter((slot) => slot.getBoundingClientRect().top < window.innerHeight)
    .flatMap((slot, index) => {
      const pet = pets[index];
      return pet ? [insertPicture(slot, pet.picture)] : [];
    });
  await decoded[0];
}

function insertPicture(slot: HTMLElement, picture: Pet["picture"]): Promise<void> {
  const image = new Image(picture.width, picture.height);
  image.className = pictureStyles.picture ?? "";
  image.alt = "";
  image.fetchPriority = "high";
  image.src = picture.url;
  slot.classList.add(pictureStyles.box ?? "");
  slot.style.backgroundImage = `url("${picture.placeholder}")`;
  slot.append(image);
  // If it fails, its placeholder stays; the page then shows a drawing.
  return image.decode().catch(() => undefined);
}
