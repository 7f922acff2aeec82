import { CircleAlert } from "lucide-react";
import { Component, type ReactNode } from "react";
import { ErrorState } from "../components/ErrorState";
import { latestRequestId } from "../graphql/latestRequest";

interface ErrorBoundaryProps {
  children: ReactNode;
}

/** The last resort, for a bug in the page or code that couldn't be fetched. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <main id="content">
        <ErrorState
          icon={CircleAlert}
          title="This page got stuck"
          sentence="It's not your fault, and nothing is lost: the store keeps your cart and your pets. Reloading the page usually helps."
          reference={latestRequestId()}
          retry={() => window.location.reload()}
        />
      </main>
    );
  }
}
