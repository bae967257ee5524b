import { useEffect, useState } from "preact/hooks";
import type { Contact } from "../../api";
import { words } from "../words";
import { RowLink } from "./row";

const ghost: Contact = {
  id: "",
  profileId: "",
  kind: "person",
  state: "connected",
  profile: { displayName: "Ada Lo", fullName: "" },
  postQuantum: true,
  verified: false,
  createdAt: 0,
  activeAt: 0,
  unread: 1,
  last: { seq: 0, contactId: "", direction: "sent", text: "What was said last", at: 0, status: "delivered" },
};

/**
 * Skeleton stands where the list will be. Its rows are real ones, whose words are covered: drawing the first ones takes a
 * browser thrice as long as those after them, which is over then, while nothing else is to be done.
 */
export function Skeleton() {
  const [drawn, draw] = useState(false);
  useEffect(() => draw(true), []); // the rest of the page is painted first
  return (
    <div role="status" aria-label={words.list.loading}>
      <div class="rows skeleton" aria-hidden="true" inert>
        {drawn && [0, 1, 2, 3].map((n) => <RowLink key={n} contact={ghost} now={0} open={false} />)}
      </div>
    </div>
  );
}
