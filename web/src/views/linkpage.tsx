import { appLink } from "../route";
import { words } from "../words";

/** InApp opens a link in the official app of this device, for who has one: the page need not be the one to talk in. */
export function InApp({ link }: { link: string }) {
  const href = appLink(link);
  if (!href) return null;
  return (
    <a class="button wide" href={href} rel="noreferrer">
      {words.connect.inApp}
    </a>
  );
}
