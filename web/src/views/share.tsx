import { words } from "../words";
import { CopyButton, Icon } from "./parts";
import { Qr } from "./qr";

interface ShareLinkProps {
  link: string;
  label: string;
  /** What the QR code is called. */
  qr: string;
  /** What goes along when it is shared. */
  text: string;
}

/** ShareLink gives a link out: as a QR code, to copy, to share. */
export function ShareLink({ link, label, qr, text }: ShareLinkProps) {
  return (
    <>
      <Qr text={link} label={qr} />
      <input class="input link" readOnly dir="ltr" aria-label={label} value={link} onFocus={(e) => e.currentTarget.select()} />
      <div class="buttons across">
        <CopyButton text={link} class="button main" />
        <ShareButton link={link} text={text} />
      </div>
    </>
  );
}

function ShareButton({ link, text }: { link: string; text: string }) {
  const data = { text, url: link };
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
