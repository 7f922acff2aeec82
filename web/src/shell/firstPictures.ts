import pictureStyles from "../components/PetPicture.module.css";
import gridStyles from "../features/pets/PetGrid.module.css";
import type { Pet } from "../graphql/storefrontGraphql";

/** Puts pictures into those places of the shelf that are within sight; done when the first can be painted. */
export async function showFirstPictures(pets: readonly Pet[]): Promise<void> {
  const places = [...document.querySelectorAll<HTMLElement>(`.${gridStyles.skeletonPicture}`)];
  const decoded = places
    .filter((place) => place.getBoundingClientRect().top < window.innerHeight)
    .flatMap((place, index) => {
      const pet = pets[index];
      return pet ? [putPicture(place, pet.picture)] : [];
    });
  await decoded[0];
}

function putPicture(place: HTMLElement, picture: Pet["picture"]): Promise<void> {
  const image = new Image(picture.width, picture.height);
  image.className = pictureStyles.picture ?? "";
  image.alt = "";
  image.fetchPriority = "high";
  image.src = picture.url;
  place.classList.add(pictureStyles.box ?? "");
  place.style.backgroundImage = `url("${picture.placeholder}")`;
  place.append(image);
  // One that does not come leaves its placeholder; the page has a drawing for it.
  return image.decode().catch(() => undefined);
}
