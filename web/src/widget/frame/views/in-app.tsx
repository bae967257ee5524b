import { CopyButton } from "../../../views/parts";
import { Qr } from "../../../views/qr";
import { words } from "../words";
import { Sheet } from "./sheet";

/** InApp offers what there is: another conversation with the same person, in the app. */
export function InApp({ address, name, onClose }: { address: string; name: string; onClose: () => void }) {
  return (
    <Sheet title={words.appTitle} onClose={onClose}>
      <p>{words.appText(name)}</p>
      <Qr text={address} label={words.appQr} />
      <input class="input link" readOnly dir="ltr" aria-label={words.appLink} value={address} onFocus={(e) => e.currentTarget.select()} />
      <div class="buttons across">
        <a class="button main" href={address} target="_blank" rel="noopener noreferrer">
          {words.appOpen}
        </a>
        <CopyButton text={address} class="button line" />
      </div>
    </Sheet>
  );
}
