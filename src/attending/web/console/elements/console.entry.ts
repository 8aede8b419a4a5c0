// Everything that runs on the console's pages. One line for each element; a page that
// does not hold it pays nothing.
import "htmx.org";
import "./edit-check";
import "./review-desk";
import "./review-editor";
import "./review-keys";
import "./review-live";
import "./review-session";
import "./evidence-link";
import "./live-events";
import "./work-list";
import "./passkey-enrolment";
import "./passkey-signature";
