import { useEffect } from "react";
import { Button } from "../../src/components/Button";
import { Dialog } from "../../src/components/Dialog";
import { Page } from "../../src/components/Page";
import { ToastProvider, useToast } from "../../src/components/ToastProvider";
import { type PageEntry, page } from "../entry";

const nothing = () => {};
const sentence = "A page has a heading, a line or two below it, and its content.";
const bad = "Luna wasn't bought. The store can't be reached. Check your connection and try again.";

const ExamplePage = () => (
  <Page heading="A page" lead={sentence}>
    <p>{sentence}</p>
  </Page>
);

function ShowToasts({ messages }: { messages: readonly { message: string; tone?: "bad" }[] }) {
  const toast = useToast();
  useEffect(() => {
    for (const message of messages) toast(message);
  }, [messages, toast]);
  return <ExamplePage />;
}

const good = [{ message: "Luna is in your cart." }];
const three = ["Miso", "Bruno", "Lily"].map((name) => ({
  message: `${name} isn't in your cart. The store is very busy. Please try again in a moment.`,
  tone: "bad" as const,
}));

export const floating: readonly PageEntry[] = [
  page("page", "Page", sentence, { render: () => <ExamplePage /> }),
  page("page-narrow", "Page, narrow and without a lead", sentence, {
    render: () => (
      <Page heading="A narrow page" narrow>
        <p>{sentence}</p>
      </Page>
    ),
  }),
  page("dialog", "Dialog, small", "Keep looking", {
    render: () => (
      <>
        <ExamplePage />
        <Dialog title="Luna is yours" onClose={nothing}>
          <p>Luna looks forward to meeting you.</p>
          <br />
          <Button wide>Keep looking</Button>
        </Dialog>
      </>
    ),
  }),
  page("dialog-large", "Dialog, large and with its own heading", "A visible heading", {
    render: () => (
      <>
        <ExamplePage />
        <Dialog title="Luna" titleHidden size="large" onClose={nothing}>
          <div style={{ padding: "3rem" }}>
            <h2>A visible heading</h2>
            <p>{sentence}</p>
          </div>
        </Dialog>
      </>
    ),
  }),
  page("dialog-toasts", "Dialog, small, with three bad toasts", "Lily isn't in your cart.", {
    render: () => (
      <ToastProvider>
        <ShowToasts messages={three} />
        <Dialog title="Luna is yours" onClose={nothing}>
          <p>Luna looks forward to meeting you.</p>
          <br />
          <Button wide>Keep looking</Button>
        </Dialog>
      </ToastProvider>
    ),
  }),
  page("toast", "Toast, plain", "Luna is in your cart.", {
    render: () => (
      <ToastProvider>
        <ShowToasts messages={good} />
      </ToastProvider>
    ),
  }),
  page("toast-bad", "Toast, bad", bad, {
    render: () => (
      <ToastProvider>
        <ShowToasts messages={[{ message: bad, tone: "bad" }]} />
      </ToastProvider>
    ),
  }),
  page("toasts", "Toasts, three bad ones", "Lily isn't in your cart.", {
    render: () => (
      <ToastProvider>
        <ShowToasts messages={three} />
      </ToastProvider>
    ),
  }),
];
