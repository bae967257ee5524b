import type { Contact } from "../../api";
import { shareLink } from "../route";
import { words } from "../words";
import { CopyButton, Icon } from "./parts";
import { Qr } from "./qr";

/** Invitation shows our one-time link until somebody opens it. */
export function Invitation({ contact }: { contact: Contact }) {
  const link = shareLink(contact.link ?? "", location.origin);
  return (
    <div class="scroll">
      <div class="page invitation">
        <div>
          <h2>{words.invitation.title}</h2>
          <p class="lead">{words.invitation.text}</p>
        </div>
        <Qr text={link} />
        <input class="input" readOnly dir="ltr" aria-label={words.invitation.link} value={link} onFocus={(e) => e.currentTarget.select()} />
        <div class="buttons across">
          <CopyButton text={link} class="button main" />
          <ShareButton link={link} />
        </div>
        <p class="note">
          <Icon name="clock" />
          <span>{words.invitation.waiting}</span>
        </p>
      </div>
    </div>
  );
}

function ShareButton({ link }: { link: string }) {
  const data = { text: words.invitation.shareText, url: link };
  if (!navigator.share || !navigator.canShare?.(data)) return null;
  // Rejected when the person closes the system's dialog; then there is nothing to say.
  const share = () => void navigator.share(data).catch(() => undefined);
  return (
    <button type="button" class="button line" onClick={share}>
      <Icon name="share" />
      {words.invitation.share}
    </button>
  );
}
