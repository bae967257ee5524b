import { useState } from "preact/hooks";
import type { Contact } from "../../api";
import { linkOf, shareLink } from "../route";
import { words } from "../words";
import { Icon } from "./parts";
import { ShareLink } from "./share";

const { invitation } = words;

/** Invitation shows our one-time link until somebody opens it. */
export function Invitation({ contact }: { contact: Contact }) {
  const [full, setFull] = useState(false);
  const long = shareLink(contact.link ?? "", location.origin);
  const short = linkOf(contact, location.origin);
  return (
    <div class="scroll">
      <div class="page shared">
        <div>
          <h2>{invitation.title}</h2>
          <p class="lead">{invitation.text}</p>
        </div>
        <ShareLink link={full ? long : short} label={invitation.link} qr={invitation.qr} text={invitation.shareText} />
        <p class="note">
          <Icon name="clock" />
          <span>{invitation.waiting}</span>
        </p>
        {contact.incognito && <p class="hint">{invitation.incognito(contact.incognito)}</p>}
        {long && short !== long && (
          <button type="button" class="button" title={invitation.fullText} onClick={() => setFull(!full)}>
            {full ? invitation.short : invitation.full}
          </button>
        )}
      </div>
    </div>
  );
}
