import { CircleAlert, WifiOff } from "lucide-react";
import { Button, type ButtonLook, buttonClass } from "../../src/components/Button";
import { EmptyState } from "../../src/components/EmptyState";
import { ErrorState } from "../../src/components/ErrorState";
import { Notice } from "../../src/components/Notice";
import { PetPicture } from "../../src/components/PetPicture";
import { PetStateBadge } from "../../src/components/PetStateBadge";
import { RetryButton } from "../../src/components/RetryButton";
import { Spinner } from "../../src/components/Spinner";
import { TextField } from "../../src/components/TextField";
import { type ComponentEntry, component } from "../entry";
import { now } from "../fakes/clock";
import { petNamed, plainPictures } from "../fixtures/pets";
import { State } from "../Specimen";

const nothing = () => {};
const looks: readonly ButtonLook[] = ["primary", "tinted", "outlined", "quiet"];
const { picture } = petNamed("Miso");
/** A transparent pixel, as if the picture were still loading. */
const transparentPixel =
  "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";
const inFiveMinutes = new Date(now.getTime() + 300_000);

const species = ["CAT", "DOG", "FROG"] as const;
const brokenPicture = { ...picture, url: "data:image/webp;base64,AAAA" };

export const components: readonly ComponentEntry[] = [
  component("button", "Button", "a link styled as a button", () => (
    <>
      {looks.map((look) => (
        <State key={look} of={look} row>
          <Button look={look}>Check out</Button>
          <Button look={look} busy>
            Checking out
          </Button>
          <Button look={look} aria-disabled>
            Not now
          </Button>
        </State>
      ))}
      <State of="wide">
        <Button wide>Sign in</Button>
      </State>
      <State of="a link styled as a button">
        <a href="#button" className={buttonClass("tinted")}>
          See my pets
        </a>
      </State>
      <State of="with text too long for one line">
        <Button wide>Remove them and check out the rest, which is still on the shelf</Button>
      </State>
    </>
  )),
  component("retry-button", "RetryButton", "in 5:00", () => (
    <>
      <State of="ready">
        <RetryButton retry={nothing} />
      </State>
      <State of="with a countdown">
        <RetryButton retry={nothing} retryAt={inFiveMinutes} />
      </State>
    </>
  )),
  component("text-field", "TextField", "with a hint and a problem", () => (
    <>
      <State of="empty">
        <TextField label="Name" name="name" />
      </State>
      <State of="filled">
        <TextField label="Email" name="email" defaultValue="ada@example.com" />
      </State>
      <State of="with a hint">
        <TextField label="Password" name="first" hint="At least 10 characters." />
      </State>
      <State of="with a problem">
        <TextField label="Email" name="second" problem="This is not an email address." />
      </State>
      <State of="with a hint and a problem">
        <TextField
          label="Password"
          name="third"
          hint="At least 10 characters. A few words you can remember work well."
          problem="Choose a password of at least 10 characters."
        />
      </State>
    </>
  )),
  component("notice", "Notice", "bad", () => (
    <>
      <State of="plain">
        <Notice>You're signed out.</Notice>
      </State>
      <State of="good">
        <Notice tone="good">
          Your password has been changed. Other devices have been signed out.
        </Notice>
      </State>
      <State of="bad">
        <Notice tone="bad">The email address or password is wrong.</Notice>
      </State>
    </>
  )),
  component("error-state", "ErrorState", "Reference", () => (
    <>
      <State of="with a retry">
        <ErrorState
          level={2}
          icon={WifiOff}
          title="You seem to be offline"
          sentence="We can't reach the store right now. We'll keep trying."
          retry={nothing}
        />
      </State>
      <State of="with a reference">
        <ErrorState
          level={2}
          icon={CircleAlert}
          title="Something went wrong on our side"
          sentence="It's not your fault. Please try again. If it keeps happening, tell the store."
          reference="7f3ac092d1be"
          retry={nothing}
        />
      </State>
      <State of="with a countdown">
        <ErrorState
          level={2}
          icon={CircleAlert}
          title="Too many attempts"
          sentence="Please wait a few minutes, then try again."
          retry={nothing}
          retryAt={inFiveMinutes}
        />
      </State>
      <State of="without a retry">
        <ErrorState
          level={2}
          icon={CircleAlert}
          title="We can't find this store"
          sentence="There is no store at this address."
        />
      </State>
    </>
  )),
  component("empty-state", "EmptyState", "No frogs today.", () => (
    <>
      <State of="with actions" wide>
        <EmptyState title="No frogs today.">
          <Button look="tinted">See all 57 pets</Button>
          <Button look="outlined">Clear search</Button>
        </EmptyState>
      </State>
      <State of="without actions" wide>
        <EmptyState title="The shelf is empty today. Please check back soon." />
      </State>
    </>
  )),
  component("pet-picture", "PetPicture", "broken", () => (
    <>
      <State of="square">
        <PetPicture picture={picture} species="CAT" alt="Portrait of Miso" urgent />
      </State>
      <State of="loading, with its placeholder">
        <PetPicture picture={{ ...picture, url: transparentPixel }} species="CAT" />
      </State>
      <State of="whole, at its own aspect ratio">
        <PetPicture picture={{ ...picture, width: 960, height: 640 }} species="CAT" urgent whole />
      </State>
      <State of="white on white">
        <PetPicture picture={{ ...picture, url: plainPictures.white }} species="CAT" urgent />
      </State>
      {species.map((species) => (
        <State key={species} of={`broken, for a ${species.toLowerCase()}`}>
          <PetPicture picture={brokenPicture} species={species} alt="Portrait of Miso" urgent />
        </State>
      ))}
    </>
  )),
  component("pet-state-badge", "PetStateBadge", "Yours", () => (
    <>
      <State of="sold">
        <PetStateBadge state="SOLD" />
      </State>
      <State of="removed">
        <PetStateBadge state="REMOVED" />
      </State>
      <State of="yours">
        <PetStateBadge state="YOURS" />
      </State>
    </>
  )),
  component("spinner", "Spinner", "next to its text", () => (
    <State of="next to its text" row>
      <Spinner /> Checking out
    </State>
  )),
];
